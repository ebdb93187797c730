//! Terms: what entries are looked up by, and the keys they are listed under.

use fubako_keys::Month;

use crate::ledger::lifetime::Lifetime;
use crate::model::ids::MemberId;

/// Something that entries are looked up by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Term {
    /// The member they are about.
    Member(MemberId),
    /// The recipient: a party's id, or a built-in class.
    Recipient(String),
    /// The caller.
    Caller(String),
    /// The purpose stated.
    Purpose(String),
}

/// An entry, as far as the index lists it.
///
/// An entry whose details are forgotten still has its place: it is added without member and names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Indexed<'a> {
    /// Its place in the ledger, from 0.
    pub index: u64,
    /// The number of the journal's segment it is in.
    pub segment: u64,
    /// That segment's month.
    pub month: Month,
    /// Which key it is sealed under, and with it its part of the index.
    pub lifetime: Lifetime,
    /// The member it is about.
    pub member: Option<MemberId>,
    /// The recipient; empty for none.
    pub recipient: &'a str,
    /// The caller; empty for none.
    pub caller: &'a str,
    /// The purpose; empty for none.
    pub purpose: &'a str,
}

/// The kinds of terms, by the number that a key begins with; the one with the fewest entries a term comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    Member = 1,
    Recipient = 2,
    Caller = 3,
    Purpose = 4,
}

impl Term {
    /// The key its entries are listed under: `kind u8 | member 16`, or `kind u8 | name`.
    pub(super) fn key(&self) -> Vec<u8> {
        let (kind, bytes) = match self {
            Self::Member(member) => (Kind::Member, member.as_bytes().as_slice()),
            Self::Recipient(name) => (Kind::Recipient, name.as_bytes()),
            Self::Caller(name) => (Kind::Caller, name.as_bytes()),
            Self::Purpose(name) => (Kind::Purpose, name.as_bytes()),
        };
        let mut key = Vec::with_capacity(1 + bytes.len());
        write_key(kind, bytes, &mut key);
        key
    }
}

impl Indexed<'_> {
    /// The terms it is found by.
    pub(super) fn terms(&self) -> impl Iterator<Item = (Kind, &[u8])> {
        let member = self.member.as_ref().map(|member| member.as_bytes().as_slice());
        let names = [
            (Kind::Member, member.unwrap_or_default()),
            (Kind::Recipient, self.recipient.as_bytes()),
            (Kind::Caller, self.caller.as_bytes()),
            (Kind::Purpose, self.purpose.as_bytes()),
        ];
        names.into_iter().filter(|(_, bytes)| !bytes.is_empty())
    }
}

/// Appends the key of a term.
pub(super) fn write_key(kind: Kind, bytes: &[u8], into: &mut Vec<u8>) {
    into.push(kind as u8);
    into.extend_from_slice(bytes);
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_listed_under_the_keys_its_terms_are_looked_up_by() {
        let member = MemberId::from_bytes([7; 16]);
        let entry = Indexed {
            index: 0,
            segment: 1,
            month: Month::new(202_611).unwrap(),
            lifetime: Lifetime::Long,
            member: Some(member),
            recipient: "potter",
            caller: "shop",
            purpose: "sale",
        };
        let keys = |entry: &Indexed<'_>| {
            let key = |(kind, bytes): (Kind, &[u8])| [&[kind as u8], bytes].concat();
            entry.terms().map(key).collect::<Vec<_>>()
        };
        let terms = [
            Term::Member(member),
            Term::Recipient("potter".to_owned()),
            Term::Caller("shop".to_owned()),
            Term::Purpose("sale".to_owned()),
        ];
        assert_eq!(keys(&entry), terms.map(|term| term.key()));
        let blank = Indexed { member: None, recipient: "", caller: "", purpose: "", ..entry };
        assert!(keys(&blank).is_empty());
    }

    #[test]
    fn one_name_has_another_key_as_each_kind() {
        let name = "shop".to_owned();
        let terms = [Term::Recipient(name.clone()), Term::Caller(name.clone()), Term::Purpose(name)];
        assert_eq!(terms.map(|term| term.key()), [b"\x02shop", b"\x03shop", b"\x04shop"]);
    }
}
