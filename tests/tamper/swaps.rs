//! Is a ciphertext refused everywhere but where it was sealed: another member, field, slot, seal or class?
//!
//! Where it says so, the manifest is made anew as if its key had been stolen, so that the binding of the ciphertext
//! alone has to hold.

use fubako_keys::KeyClass;

use crate::desk::{Desk, ForgedSlot, member, slots_of};

#[test]
fn an_untouched_record_put_together_by_hand_opens() {
    let mut desk = Desk::new();
    let record = desk.record(member(1), "hanako");
    let forged = desk.forge(member(1), 1, &slots_of(&record));
    assert_eq!(forged, record.as_bytes());
    let grant = desk.grant_of(&record);
    assert!(desk.open(forged, grant).is_some());
}

#[test]
fn no_ciphertext_opens_in_another_field_or_slot_even_under_a_manifest_that_holds() {
    let mut desk = Desk::new();
    let record = desk.record(member(1), "hanako");
    let slots = slots_of(&record);
    let mut grants = desk.grants(&record, slots.len() * slots.len());
    for to in 0..slots.len() {
        for from in (0..slots.len()).filter(|from| *from != to) {
            let mut swapped = slots.clone();
            swapped[to].envelope.clone_from(&slots[from].envelope);
            swapped[to].seal = slots[from].seal;
            let forged = desk.forge(member(1), 1, &swapped);
            assert_eq!(desk.open(forged, grants.pop().unwrap()), None, "slot {from} put into slot {to}");
        }
    }
}

#[test]
fn no_ciphertext_of_another_member_opens_even_under_a_manifest_that_holds() {
    let mut desk = Desk::new();
    let (hanako, ken) = (desk.record(member(1), "hanako"), desk.record(member(2), "ken"));
    let (own, others) = (slots_of(&hanako), slots_of(&ken));
    let mut grants = desk.grants(&hanako, own.len() + 2);
    for place in 0..own.len() {
        let mut mixed = own.clone();
        mixed[place] = others[place].clone();
        let forged = desk.forge(member(1), 1, &mixed);
        assert_eq!(desk.open(forged, grants.pop().unwrap()), None, "slot {place}");
    }
    // All of them, under the name of the member the grant is for; and the whole record as it is.
    assert_eq!(desk.open(desk.forge(member(1), 1, &others), grants.pop().unwrap()), None);
    assert_eq!(desk.open(ken.as_bytes().to_vec(), grants.pop().unwrap()), None);
}

#[test]
fn no_older_ciphertext_opens_as_the_newer_one() {
    let mut desk = Desk::new();
    let before = desk.record(member(1), "hanako");
    let after = desk.corrected(&before, "new@example.jp");
    let email = desk.field("email");
    let at = |slots: &[ForgedSlot]| slots.iter().position(|slot| slot.field == email).unwrap();
    let (old, new) = (slots_of(&before), slots_of(&after));
    assert!(new[at(&new)].seal > old[at(&old)].seal);
    let mut rolled_back = new.clone();
    rolled_back[at(&new)].envelope.clone_from(&old[at(&old)].envelope);
    let mut grants = desk.grants(&after, 2);
    let forged = desk.forge(member(1), after.revision().0, &rolled_back);
    assert_eq!(desk.open(forged, grants.pop().unwrap()), None, "under the newer seal, with a manifest that holds");
    // With its own older seal it would open; that the manifest does not cover it is what keeps it out.
    let mut spliced = after.as_bytes().to_vec();
    splice(&mut spliced, &new[at(&new)], &old[at(&old)]);
    assert_eq!(desk.open(spliced, grants.pop().unwrap()), None, "with the manifest of the newer record");
}

/// Puts one slot's bytes in the place of another's of the same length.
fn splice(record: &mut [u8], new: &ForgedSlot, old: &ForgedSlot) {
    let place = record.windows(new.envelope.len()).position(|window| window == new.envelope).unwrap();
    record[place..place + old.envelope.len()].copy_from_slice(&old.envelope);
    record[place - 10..place - 2].copy_from_slice(&old.seal.to_be_bytes());
}

#[test]
fn an_old_record_under_a_new_revision_does_not_open() {
    let mut desk = Desk::new();
    let before = desk.record(member(1), "hanako");
    let after = desk.corrected(&before, "new@example.jp");
    let mut renumbered = before.as_bytes().to_vec();
    renumbered[17..25].copy_from_slice(&after.revision().0.to_be_bytes());
    let grant = desk.grant_of(&after);
    assert_eq!(desk.open(renumbered, grant), None);
}

#[test]
fn a_field_that_was_dropped_or_put_in_again_is_noticed() {
    let mut desk = Desk::new();
    let record = desk.record(member(1), "hanako");
    let slots = slots_of(&record);
    let manifest = record.manifest().mac();
    let mut grants = desk.grants(&record, slots.len() * 2);
    for dropped in 0..slots.len() {
        let mut fewer = slots.clone();
        fewer.remove(dropped);
        let mut bytes = desk.forge(member(1), 1, &fewer);
        bytes[29..61].copy_from_slice(manifest);
        assert_eq!(desk.open(bytes, grants.pop().unwrap()), None, "slot {dropped}");
        // Even under a manifest that holds, the grant asks for a slot that is gone.
        assert_eq!(desk.open(desk.forge(member(1), 1, &fewer), grants.pop().unwrap()), None, "slot {dropped}");
    }
}

#[test]
fn no_ciphertext_opens_as_another_class_or_under_another_key_version() {
    let mut desk = Desk::new();
    let record = desk.record(member(1), "hanako");
    let slots = slots_of(&record);
    let mut grants = desk.grants(&record, slots.len() * (KeyClass::ALL.len() + 1));
    for place in 0..slots.len() {
        let class = slots[place].envelope[1];
        for other in KeyClass::ALL.into_iter().filter(|other| other.number() != class) {
            let mut renamed = slots.clone();
            renamed[place].envelope[1] = other.number();
            let forged = desk.forge(member(1), 1, &renamed);
            assert_eq!(desk.open(forged, grants.pop().unwrap()), None, "slot {place} as {}", other.name());
        }
        let mut renumbered = slots.clone();
        renumbered[place].envelope[5] ^= 3;
        assert_eq!(desk.open(desk.forge(member(1), 1, &renumbered), grants.pop().unwrap()), None, "slot {place}");
    }
}

#[test]
fn slots_out_of_order_or_twice_are_no_record() {
    let mut desk = Desk::new();
    let record = desk.record(member(1), "hanako");
    let mut backwards = slots_of(&record);
    backwards.reverse();
    let mut twice = slots_of(&record);
    twice.insert(1, twice[0].clone());
    let mut grants = desk.grants(&record, 2);
    for slots in [backwards, twice] {
        let bytes = Desk::write(member(1), 1, record.manifest(), &slots);
        assert_eq!(desk.open(bytes, grants.pop().unwrap()), None);
    }
}
