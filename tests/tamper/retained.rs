//! Does what is kept of an erased member open for no other member, erasure or term, and does a tampered record say so?

use fubako::ledger::accounted::Accounted;
use fubako::ledger::event::Event;
use fubako::model::caller::Role;
use fubako::model::ids::{EntryId, MemberId};
use fubako::policy::retained::{KeptOf, decide};
use fubako::record::permit::Retain;
use fubako::record::retained::{Erasure, Error, Kept, Retained, open, seal};
use fubako::record::sealed::SealedRecord;
use jiff::{SignedDuration, Timestamp};
use ring::rand::SystemRandom;

use crate::desk::{Desk, member, now, slots_of};
use crate::support::callers::nothing;

const ERASURE: EntryId = EntryId::from_bytes([9; 16]);

fn permit(desk: &mut Desk, member: MemberId) -> Accounted<Retain> {
    desk.account(Event::Erasing, member, Retain { member })
}

fn keep(desk: &mut Desk, record: &SealedRecord, of: MemberId) -> Result<Retained, Error> {
    let permit = permit(desk, of);
    let erasure = Erasure { entry: ERASURE, time: now() };
    seal(record, &permit, erasure, (&desk.keyring, &desk.policy), &SystemRandom::new())
}

/// The fields that come out under a grant of what is kept on those terms.
fn opened(desk: &mut Desk, kept: &Kept, terms: KeptOf) -> Option<Vec<String>> {
    let mut legal = nothing("legal");
    legal.roles = [Role::Legal].into();
    let grant = decide(&legal, Some(terms), now()).unwrap();
    let grant = desk.account(Event::RetainedReleased, terms.member, grant);
    let released = open(kept, grant, &desk.keyring, &desk.policy).ok()?;
    Some(released.into_fields().iter().map(|field| field.name().to_string()).collect())
}

#[test]
fn what_is_kept_opens_for_its_own_member_erasure_and_term_alone() {
    let mut desk = Desk::new();
    let record = desk.record(member(1), "hanako");
    let Retained { kept, damage } = keep(&mut desk, &record, member(1)).unwrap();
    let kept = kept.unwrap();
    assert_eq!(damage, None);
    let own = kept.of(member(1));
    assert_eq!(opened(&mut desk, &kept, own), Some(vec!["login_id".to_owned()]));
    let longer: Timestamp = own.until + SignedDuration::from_hours(1);
    for terms in [
        KeptOf { member: member(2), ..own },
        KeptOf { erasure: EntryId::from_bytes([8; 16]), ..own },
        KeptOf { until: longer, ..own },
    ] {
        assert_eq!(opened(&mut desk, &kept, terms), None, "{terms:?}");
    }
}

#[test]
fn what_is_kept_of_one_member_does_not_open_in_the_place_of_anothers() {
    let mut desk = Desk::new();
    let (hanako, ken) = (desk.record(member(1), "hanako"), desk.record(member(2), "ken"));
    let of_hanako = keep(&mut desk, &hanako, member(1)).unwrap().kept.unwrap();
    let of_ken = keep(&mut desk, &ken, member(2)).unwrap().kept.unwrap();
    // Erased by one entry until one time, so that the member's id alone has to hold them apart.
    let terms = of_hanako.of(member(1));
    assert_eq!(terms, of_ken.of(member(1)));
    assert_eq!(opened(&mut desk, &of_ken, terms), None);
    assert!(opened(&mut desk, &of_hanako, terms).is_some());
}

#[test]
fn a_tampered_record_says_so_gives_only_what_opens_and_nothing_under_anothers_permit() {
    let mut desk = Desk::new();
    let record = desk.record(member(1), "hanako");
    assert!(matches!(keep(&mut desk, &record, member(2)), Err(Error::Unopened(_))));
    // Another value of the member's in the login id's place, under the manifest of the untouched record.
    let mut slots = slots_of(&record);
    slots[0].envelope = slots[1].envelope.clone();
    let login_id = desk.field("login_id");
    for forged in [Desk::write(member(1), 1, record.manifest(), &slots), desk.forge(member(1), 1, &slots)] {
        let forged = SealedRecord::parse(forged).unwrap();
        let Retained { kept, damage } = keep(&mut desk, &forged, member(1)).unwrap();
        assert_eq!((kept, damage), (None, Some(vec![login_id])));
    }
    // A slot that was dropped must not pass for a member who has nothing to be kept.
    let fewer = Desk::write(member(1), 1, record.manifest(), &slots_of(&record)[1..]);
    let forged = SealedRecord::parse(fewer).unwrap();
    let Retained { kept, damage } = keep(&mut desk, &forged, member(1)).unwrap();
    assert_eq!((kept, damage), (None, Some(Vec::new())));
}
