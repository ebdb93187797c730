//! A glance at a leaf: what tree and index need of it, read where it lies; nothing is copied.

use std::str;

use crate::ledger::draft::{Draft, Names};
use crate::ledger::entry::Beside;
use crate::ledger::event::Event;
use crate::ledger::index::Indexed;
use crate::ledger::journal::FramePlace;
use crate::ledger::journal::take::take_slice;
use crate::ledger::lifetime::Lifetime;
use crate::ledger::varint;
use crate::model::ids::MemberId;
use crate::model::label::Label;

/// What an entry is listed under.
///
/// Field numbers are those of [`Leaf`](crate::ledger::leaf::Leaf), whose decoding is several times the work.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Glance<'a> {
    event: u64,
    caller: &'a str,
    purpose: &'a str,
    recipient: &'a str,
    commitment: &'a [u8],
    member: Option<MemberId>,
}

impl<'a> Glance<'a> {
    /// What was drafted needs no look: it is known, and agrees.
    pub(super) fn of(draft: &'a Draft) -> Self {
        let Names { caller, purpose, recipient } = draft.names();
        let member = draft.beside().map(|beside| beside.member);
        let [caller, purpose, recipient] = [caller, purpose, recipient].map(Label::as_str);
        Self { event: draft.event().number().into(), caller, purpose, recipient, commitment: &[], member }
    }

    /// Looks at a leaf's bytes, and at the name beside them; none if they do not agree, or are no leaf.
    pub(super) fn at(mut leaf: &'a [u8], beside: Option<Beside>) -> Option<Self> {
        let mut glance = Self { member: beside.map(|beside| beside.member), ..Self::default() };
        while !leaf.is_empty() {
            let key = u32::try_from(varint::read(&mut leaf)?).ok()?;
            match (key >> 3, key & 7) {
                (0, _) => return None,
                (EVENT, VARINT) => glance.event = varint::read(&mut leaf)?,
                (number, LENGTH) => glance.take(number, varint::read_slice(&mut leaf)?)?,
                (_, VARINT) => drop(varint::read(&mut leaf)?),
                (_, FIXED_64) => drop(take_slice(&mut leaf, 8)?),
                (_, FIXED_32) => drop(take_slice(&mut leaf, 4)?),
                _ => return None,
            }
        }
        // The commitment in the leaf and the name beside it must agree, or the frame was put together from two.
        let commitment = beside.map(|beside| beside.commitment());
        (commitment.as_ref().map_or(&[][..], |commitment| commitment) == glance.commitment).then_some(glance)
    }

    fn take(&mut self, number: u32, bytes: &'a [u8]) -> Option<()> {
        match number {
            CALLER => self.caller = str::from_utf8(bytes).ok()?,
            PURPOSE => self.purpose = str::from_utf8(bytes).ok()?,
            RECIPIENT => self.recipient = str::from_utf8(bytes).ok()?,
            COMMITMENT => self.commitment = bytes,
            _ => {}
        }
        Some(())
    }

    /// What happened; none where a later version wrote it.
    pub(super) fn event(&self) -> Option<Event> {
        u32::try_from(self.event).ok().and_then(Event::from_number)
    }
}

/// What the index lists of a place of a frame; nothing but the place, where the entry is past retention.
pub(super) fn listed<'a>(place: &FramePlace, index: u64, entry: Option<&Glance<'a>>) -> Indexed<'a> {
    let glance = entry.copied().unwrap_or_default();
    Indexed {
        index,
        segment: place.segment,
        month: place.month,
        lifetime: glance.event().map_or(Lifetime::Retention, Event::lifetime),
        member: glance.member,
        recipient: glance.recipient,
        caller: glance.caller,
        purpose: glance.purpose,
    }
}

// Protobuf's wire types; groups are none of ours.
const VARINT: u32 = 0;
const FIXED_64: u32 = 1;
const LENGTH: u32 = 2;
const FIXED_32: u32 = 5;

const EVENT: u32 = 4;
const CALLER: u32 = 5;
const PURPOSE: u32 = 6;
const RECIPIENT: u32 = 7;
const COMMITMENT: u32 = 14;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    use fubako_keys::Month;
    use jiff::Timestamp;
    use proptest::prelude::*;
    use prost::Message;

    use crate::ledger::entry::{Entry, RANDOM_BYTES};
    use crate::ledger::leaf::{FieldDraft, Leaf};
    use crate::model::ids::BasisId;

    fn entry(event: Event, names: [String; 3]) -> Entry {
        let [caller, purpose, recipient] = names;
        Entry::new(event, caller, Timestamp::UNIX_EPOCH, &[3; RANDOM_BYTES]).telling(|leaf| {
            leaf.purpose = purpose.into();
            leaf.recipient = recipient.into();
            leaf.recipient_class = "seller".into();
            leaf.recipient_revision = 300;
            leaf.bases = [[9; 16], [8; 16]].map(BasisId::from_bytes).into();
            leaf.fields = vec![FieldDraft { name: "name".into(), slot: 1, forms: "full".into(), key_version: 2 }];
            leaf.policy_version = 7;
        })
    }

    proptest! {
        #[test]
        fn a_glance_sees_what_the_whole_leaf_says(
            event in prop::sample::select(Event::ALL.as_slice()), names: [String; 3], member: Option<[u8; 16]>,
        ) {
            let mut entry = entry(event, names);
            if let Some(member) = member {
                entry = entry.about(MemberId::from_bytes(member));
            }
            let bytes = entry.leaf.encode();
            let glance = Glance::at(&bytes, entry.beside()).unwrap();
            let place =
                FramePlace { origin: [1; 16], segment: 1, first_index: 0, month: Month::new(202_611).unwrap() };
            let draft = Draft::new(entry);
            prop_assert_eq!(listed(&place, 0, Some(&Glance::of(&draft))), listed(&place, 0, Some(&glance)));
            let leaf = Leaf::decode(bytes.as_slice()).unwrap();
            prop_assert_eq!(glance.event(), Some(event));
            prop_assert_eq!(
                [glance.caller, glance.purpose, glance.recipient],
                [leaf.caller.as_str(), &leaf.purpose, &leaf.recipient]
            );
            prop_assert_eq!(glance.member, member.map(MemberId::from_bytes));
        }

        #[test]
        fn bytes_that_a_glance_passes_over_are_a_message_to_prost_too(bytes: Vec<u8>) {
            if Glance::at(&bytes, None).is_some() {
                // Fields of the right number and another type are for prost to refuse; the outer form is one.
                prop_assert!(<() as Message>::decode(bytes.as_slice()).is_ok());
            }
        }
    }

    #[test]
    fn a_leaf_beside_another_members_name_is_refused() {
        let member = MemberId::from_bytes([1; 16]);
        let entry = entry(Event::Released, ["shop", "sale", "potter"].map(str::to_owned)).about(member);
        let bytes = entry.leaf.encode();
        let beside = entry.beside().unwrap();
        assert!(Glance::at(&bytes, Some(beside)).is_some());
        assert_eq!(Glance::at(&bytes, Some(Beside { member: MemberId::from_bytes([2; 16]), ..beside })), None);
        assert_eq!(Glance::at(&bytes, None), None);
    }

    #[test]
    fn a_leaf_cut_within_a_field_is_refused() {
        let bytes = entry(Event::Released, ["shop", "sale", "potter"].map(str::to_owned)).leaf.encode();
        let whole = (0..=bytes.len()).filter(|cut| Glance::at(bytes.split_at(*cut).0, None).is_some()).count();
        // Cut between two fields it is a shorter leaf: salt, id, event, three names, class, revision, two bases, field,
        // version.
        assert_eq!(whole, 1 + 12);
    }
}
