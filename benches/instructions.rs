//! How many instructions does each part of a release take? To be run under callgrind, which `scripts/check-instructions` does.
//!
//! `instructions PART` runs one part so many times that what is done once does not matter, and nothing else beside what that
//! part needs; callgrind counts while the part's own function runs.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs, reason = "a benchmark")]

mod desk;

use std::env;
use std::hint::black_box;

use desk::{Desk, GROUP};

/// What a part is called, and how it is run.
type Part = (&'static str, fn(&mut Desk));

const PARTS: [Part; 7] = [
    ("decide", |desk| times(|_| drop(black_box(desk.decide())))),
    ("seal", |desk| times(|_| drop(black_box(desk.seal())))),
    ("parse", |desk| times(|_| drop(black_box(Desk::parse(desk.bytes()))))),
    ("show", |desk| times(|_| drop(black_box(desk.show())))),
    ("draft", |desk| {
        let grant = desk.decide();
        times(|number| drop(black_box(Desk::draft(number, grant.clone()))));
    }),
    ("open", |desk| desk.grants(TIMES).into_iter().for_each(|grant| drop(black_box(desk.open(grant))))),
    ("append", |desk| {
        let grant = desk.decide();
        for _ in 0..TIMES {
            let drafts = (0..GROUP).map(|number| Desk::draft(number, grant.clone()).0).collect();
            drop(black_box(desk.append(drafts)));
        }
    }),
];

fn main() {
    // `cargo test` and `cargo bench` have flags of their own.
    let Some(name) = env::args().skip(1).find(|argument| !argument.starts_with('-')) else {
        return PARTS.iter().for_each(|(name, _)| println!("{name} {TIMES}"));
    };
    let part = PARTS.iter().find(|(known, _)| *known == name);
    let (_, run) = part.unwrap_or_else(|| panic!("no part is called `{name}`"));
    run(&mut Desk::new());
}

fn times(run: impl FnMut(usize)) {
    (0..TIMES).for_each(run);
}

const TIMES: usize = 64;
