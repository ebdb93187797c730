//! Keys that a configuration does not have, or lacks: found before it is read, so that all of them are told at once.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::finding::Findings;
use crate::config::problem::Problem;

/// A section, with the keys it must have and those it may have.
struct Section {
    name: &'static str,
    needs: &'static [&'static str],
    may_have: &'static [&'static str],
}

/// What is missing; without it nothing can be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// Every key that is needed is there.
    Whole,
    /// Some are not, which was told.
    Lacking,
}

/// Tells every key that is unknown, and takes it out; tells every key that is missing.
pub(super) fn settle_keys(file: &mut Spanned<DeTable<'_>>, findings: &mut Findings<'_>) -> Shape {
    let mut shape = Shape::Whole;
    for section in SECTIONS.iter().filter(|section| !section.is_repeated()) {
        let stands_there = file.get_ref().contains_key(section.name);
        if !stands_there && !section.needs.is_empty() {
            findings.nowhere(Problem::SectionMissing(section.name));
            shape = Shape::Lacking;
        }
    }
    for (place, name) in take_others(file.get_mut(), |name| SECTIONS.iter().any(|section| section.name == name)) {
        let known = SECTIONS.iter().map(Section::heading).collect();
        findings.at(&place, Problem::SectionUnknown { name, known });
    }
    for section in SECTIONS {
        if let Some(value) = file.get_mut().get_mut(section.name)
            && section.settle(value, findings) == Shape::Lacking
        {
            shape = Shape::Lacking;
        }
    }
    shape
}

/// Takes out every key but the known ones; each with where it stands.
fn take_others(table: &mut DeTable<'_>, is_known: impl Fn(&str) -> bool) -> Vec<(Range<usize>, String)> {
    let others = table.keys().filter(|key| !is_known(key.get_ref()));
    let others: Vec<_> = others.map(|key| (key.span(), key.get_ref().to_string())).collect();
    for (_, name) in &others {
        table.remove(name.as_str());
    }
    others
}

impl Section {
    /// Whether there may be several of it.
    fn is_repeated(&self) -> bool {
        REPEATED.contains(&self.name)
    }

    /// How it is written in the file.
    fn heading(&self) -> String {
        if self.is_repeated() { format!("[[{}]]", self.name) } else { format!("[{}]", self.name) }
    }

    fn settle(&self, value: &mut Spanned<DeValue<'_>>, findings: &mut Findings<'_>) -> Shape {
        let place = value.span();
        match value.get_mut() {
            DeValue::Table(table) => self.settle_table(table, &place, findings),
            DeValue::Array(tables) => {
                let mut shape = Shape::Whole;
                for table in tables.iter_mut() {
                    if self.settle(table, findings) == Shape::Lacking {
                        shape = Shape::Lacking;
                    }
                }
                shape
            }
            // Of a kind that is refused when it is read.
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => Shape::Whole,
        }
    }

    fn settle_table(&self, table: &mut DeTable<'_>, place: &Range<usize>, findings: &mut Findings<'_>) -> Shape {
        let is_known = |name: &str| self.needs.contains(&name) || self.may_have.contains(&name);
        for (key, name) in take_others(table, is_known) {
            let known = self.needs.iter().chain(self.may_have).map(|known| (*known).to_owned()).collect();
            findings.at(&key, Problem::KeyUnknown { name, section: self.heading(), known });
        }
        let mut shape = Shape::Whole;
        for key in self.needs.iter().filter(|key| !table.contains_key(**key)) {
            findings.at(place, Problem::KeyMissing { name: key, section: self.heading() });
            shape = Shape::Lacking;
        }
        shape
    }
}

const SECTIONS: &[Section] = &[
    Section { name: "vault", needs: &["folder", "policy"], may_have: &["cache", "disk_reserve", "expected_members"] },
    Section { name: "root", needs: &[], may_have: ROOT },
    Section { name: "ledger", needs: &[], may_have: &["retention_months", "publish"] },
    Section { name: "backup", needs: &[], may_have: &["keep_days"] },
    Section { name: "erasure", needs: &[], may_have: &["grace_days"] },
    Section { name: "keys", needs: &[], may_have: &["rotate_every_days"] },
    Section { name: "metrics", needs: &[], may_have: &["listen"] },
    Section { name: "server", needs: &["listen", "certificate", "key", "client_ca"], may_have: &["reflection"] },
    Section { name: "caller", needs: &["name", "identity", "roles"], may_have: &["purposes", "recipients", "records"] },
    Section { name: "issuer", needs: &["name", "algorithm", "public_key", "audience"], may_have: &[] },
];
const ROOT: &[&str] = &[
    "file",
    "passphrase_file",
    "prompt",
    "shares",
    "pkcs11_module",
    "pkcs11_token",
    "pkcs11_key",
    "pkcs11_pin_file",
    "transit_address",
    "transit_ca",
    "transit_mount",
    "transit_key",
    "transit_token_file",
];
const REPEATED: [&str; 2] = ["caller", "issuer"];
