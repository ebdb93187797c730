//! Throw-away.
use super::*;
use crate::ledger::index::RUN_ENTRIES;
use std::time::Instant;

fn rss() -> f64 {
    let text = fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<f64>().unwrap() * 4096.0 / 1e6
}

fn run(members: u64, label: &str) {
    let desk = Desk::with(Vec::new());
    let segments = [SegmentPlace { number: 1, month: november(), first_index: 0, next_index: RUN_ENTRIES }];
    let mut index = Index::open(&desk.path(), ID, &segments, &desk.keyring).unwrap();
    let names: Vec<String> = (0..200).map(|n| format!("party-number-{n}")).collect();
    let mut seed = 88172645463325252_u64;
    let mut random = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let id = |n: u64| {
        let mut b = [0x01, 0x89, 0x0a, 0x5d, 0xac, 0x96, 0x74, 0xbb, 0, 0, 0, 0, 0, 0, 0, 0];
        b[8..].copy_from_slice(&n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
        b[3..6].copy_from_slice(&(n as u32).to_be_bytes()[1..]);
        MemberId::from_bytes(b)
    };
    let picks: Vec<[u64; 4]> = (0..RUN_ENTRIES)
        .map(|i| {
            [if members == RUN_ENTRIES { i } else { random() % members }, random() % 200, random() % 5, random() % 12]
        })
        .collect();
    let before = rss();
    let started = Instant::now();
    for (i, p) in (0..).zip(&picks) {
        let entry = Indexed {
            index: i,
            segment: 1,
            month: november(),
            lifetime: if p[1] % 10 == 0 { Lifetime::Long } else { Lifetime::Retention },
            member: Some(id(p[0])),
            recipient: &names[p[1] as usize],
            caller: &names[p[2] as usize],
            purpose: &names[p[3] as usize + 20],
        };
        index.add(&entry, &desk.keyring, &SystemRandom::new()).unwrap();
    }
    let took = started.elapsed();
    println!("{label}: add {:?}/entry, tail {:.1} MB", took / RUN_ENTRIES as u32, rss() - before);
    let started = Instant::now();
    let spans = index.reader().spans();
    for n in 0..1000 {
        spans[0].find(&[Term::Member(id(n % members))], &desk.keyring).unwrap();
    }
    println!("{label}: find in tail {:?}", started.elapsed() / 1000);
    let started = Instant::now();
    let last = Indexed {
        index: RUN_ENTRIES,
        segment: 2,
        month: december(),
        lifetime: Lifetime::Long,
        member: None,
        recipient: "",
        caller: "",
        purpose: "",
    };
    index.add(&last, &desk.keyring, &SystemRandom::new()).unwrap();
    println!("{label}: seal {:?} = {:?}/entry", started.elapsed(), started.elapsed() / RUN_ENTRIES as u32);
    for file in desk.files() {
        println!("   {} {}", file.file_name().unwrap().to_str().unwrap(), fs::metadata(&file).unwrap().len());
    }
    // Cold: opened anew each time.
    let mut cold = Vec::new();
    for n in 0..300 {
        let fresh = Index::open(&desk.path(), ID, &segments, &desk.keyring).unwrap();
        let spans = fresh.reader().spans();
        let started = Instant::now();
        let f = spans[0].find(&[Term::Member(id(n * 31 % members))], &desk.keyring).unwrap();
        cold.push(started.elapsed());
        if n == 0 {
            println!("   found {}", f.len());
        }
    }
    cold.sort();
    let fresh = Index::open(&desk.path(), ID, &segments, &desk.keyring).unwrap();
    let spans = fresh.reader().spans();
    let mut warm = Vec::new();
    for n in 0..3000 {
        let started = Instant::now();
        spans[0].find(&[Term::Member(id(n * 37 % members))], &desk.keyring).unwrap();
        warm.push(started.elapsed());
    }
    warm.sort();
    println!(
        "{label}: find cold median {:?} p95 {:?}; warm median {:?} p95 {:?}",
        cold[150], cold[285], warm[1500], warm[2850]
    );
    for terms in [
        vec![Term::Caller(names[1].clone())],
        vec![Term::Member(id(5)), Term::Caller(names[1].clone())],
        vec![Term::Caller(names[1].clone()), Term::Purpose(names[22].clone())],
    ] {
        let started = Instant::now();
        let f = spans[0].find(&terms, &desk.keyring).unwrap();
        println!("{label}: {} terms -> {} in {:?}", terms.len(), f.len(), started.elapsed());
    }
}

#[test]
fn timing() {
    run(10_486, "25 a member");
    run(RUN_ENTRIES, "all distinct");
}
