//! Retained: what the law wants kept of an erased member, for how long, and the decision to have it read.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::model::caller::{Caller, Role};
use crate::model::ids::{CallerName, EntryId, FieldId, MemberId};

/// What the policy has kept of an erased member.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Retained {
    pub(super) fields: Vec<FieldId>,
    pub(super) months: u16,
    pub(super) grounds: BTreeMap<String, String>,
}

/// The terms under which something is kept of one erased member; they name no value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeptOf {
    /// The member.
    pub member: MemberId,
    /// The entry of the erasure.
    pub erasure: EntryId,
    /// The first instant at which it is no longer kept.
    pub until: Timestamp,
}

/// Leave to read what is kept of one erased member, for the role `legal`; only [`decide`] gives it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use]
pub struct LegalGrant {
    caller: CallerName,
    kept: KeptOf,
}

/// Nothing is given: the caller lacks the role, nothing is kept, or its term is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotGranted;

/// Decides whether a caller reads what is kept of a member at that instant.
///
/// Whether housekeeping has destroyed what is past its term makes no difference: nothing of it is given any more.
pub fn decide(caller: &Caller, kept: Option<KeptOf>, now: Timestamp) -> Result<LegalGrant, NotGranted> {
    let kept = kept.filter(|kept| caller.has(Role::Legal) && now < kept.until).ok_or(NotGranted)?;
    Ok(LegalGrant { caller: caller.name.clone(), kept })
}

impl Retained {
    /// The fields, in the order of their numbers; of each, the value in slot 0.
    #[must_use]
    pub fn fields(&self) -> &[FieldId] {
        &self.fields
    }

    /// For how many months.
    #[must_use]
    pub const fn months(&self) -> u16 {
        self.months
    }

    /// The legal ground, by law.
    #[must_use]
    pub const fn grounds(&self) -> &BTreeMap<String, String> {
        &self.grounds
    }

    /// When what is kept from that instant on is to go, by the calendar of the policy's time zone.
    ///
    /// A term beyond the end of the calendar is the end of the calendar.
    #[must_use]
    pub fn until(&self, erased: Timestamp, zone: &TimeZone) -> Timestamp {
        let months = Span::new().months(i32::from(self.months));
        erased.to_zoned(zone.clone()).checked_add(months).map_or(Timestamp::MAX, |end| end.timestamp())
    }
}

impl LegalGrant {
    /// Who reads.
    #[must_use]
    pub const fn caller(&self) -> &CallerName {
        &self.caller
    }

    /// What is read.
    #[must_use]
    pub const fn kept(&self) -> KeptOf {
        self.kept
    }
}

/// What every reading is for, in entries and accounts.
pub const PURPOSE: &str = "provision-records";

/// How long something is kept where the policy does not say: as long as records of provisions (APPI Art. 29).
pub(super) const DEFAULT_MONTHS: u16 = 36;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::caller::Identity;

    fn caller(roles: &[Role]) -> Caller {
        Caller {
            name: CallerName::parse("desk").unwrap(),
            identity: Identity::parse("spiffe://market.example/desk").unwrap(),
            roles: roles.iter().copied().collect(),
            purposes: BTreeSet::new(),
            classes: BTreeSet::new(),
            parties: BTreeSet::new(),
            records: BTreeSet::new(),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn kept() -> KeptOf {
        let (member, erasure) = (MemberId::from_bytes([1; 16]), EntryId::from_bytes([2; 16]));
        KeptOf { member, erasure, until: at("2029-11-30T00:00:00Z") }
    }

    #[test]
    fn no_role_but_legal_is_given_what_is_kept() {
        let now = at("2026-11-30T00:00:00Z");
        for role in Role::ALL {
            let decided = decide(&caller(&[role]), Some(kept()), now);
            assert_eq!(decided.is_ok(), role == Role::Legal, "{role}");
        }
        assert_eq!(decide(&caller(&[Role::Legal]), None, now), Err(NotGranted));
    }

    #[test]
    fn nothing_is_given_from_the_end_of_the_term_on() {
        let legal = caller(&[Role::Legal]);
        assert!(decide(&legal, Some(kept()), at("2029-11-29T23:59:59.999999Z")).is_ok());
        assert_eq!(decide(&legal, Some(kept()), at("2029-11-30T00:00:00Z")), Err(NotGranted));
    }

    #[test]
    fn a_term_is_counted_by_the_calendar_of_the_policy() {
        let retained = |months| Retained { fields: Vec::new(), months, grounds: BTreeMap::new() };
        let zone = TimeZone::get("Asia/Tokyo").unwrap();
        // Already the 30th of November in Tokyo; February of the year after next has 28 days.
        let erased = at("2026-11-29T16:00:00Z");
        assert_eq!(retained(36).until(erased, &zone), at("2029-11-29T16:00:00Z"));
        assert_eq!(retained(27).until(erased, &zone), at("2029-02-27T16:00:00Z"));
        assert_eq!(retained(u16::MAX).until(at("9999-01-01T00:00:00Z"), &zone), Timestamp::MAX);
    }
}
