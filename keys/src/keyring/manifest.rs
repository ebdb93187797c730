//! The manifest: one tag over all slots of a record, so that none is dropped or taken from an older record unseen.

use ring::digest;

use super::Keyring;
use crate::label;
use crate::material::{TaggingKey, finish};
use crate::seal::{NoActiveKey, Unopened};
use crate::secret::equal;

/// One slot of a record as a manifest sees it: where it is, how often it was rewritten, its whole envelope.
#[derive(Clone, Copy, Debug)]
pub struct SealedSlot<'a> {
    field: u16,
    slot: u16,
    seal: u64,
    envelope: &'a [u8],
}

impl<'a> SealedSlot<'a> {
    /// A slot and what is stored in it.
    #[must_use]
    pub const fn new(field: u16, slot: u16, seal: u64, envelope: &'a [u8]) -> Self {
        Self { field, slot, seal, envelope }
    }
}

/// The tag over a record, and the version of the manifest key that made it. No secret.
#[derive(Clone, Copy, Debug)]
pub struct Manifest {
    key_version: u32,
    mac: [u8; 32],
}

impl Manifest {
    /// A manifest as it was stored; [`Keyring::verify_manifest`] says whether it is right.
    #[must_use]
    pub const fn new(key_version: u32, mac: [u8; 32]) -> Self {
        Self { key_version, mac }
    }

    /// The version of the manifest key.
    #[must_use]
    pub const fn key_version(&self) -> u32 {
        self.key_version
    }

    /// The tag.
    #[must_use]
    pub const fn mac(&self) -> &[u8; 32] {
        &self.mac
    }
}

/// Why no manifest was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// No manifest key may be used.
    #[error(transparent)]
    NoActiveKey(#[from] NoActiveKey),
    /// The slots do not rise by field and slot, or one comes twice.
    #[error("the slots of a record must rise by field and slot")]
    OutOfOrder,
    /// There are more than 65,535 slots, or not as many as were announced.
    #[error("the slots of a record cannot be counted")]
    Uncounted,
}

impl Keyring {
    /// The manifest of a member's record at one revision, under the active manifest key.
    ///
    /// HMAC-SHA-256 of `"fubako/manifest/v1" | vault 16 | member 16 | revision u64 | count u16`, then for each slot
    /// `field u16 | slot u16 | seal u64 | SHA-256 of the envelope`. The slots come in rising order of field and slot;
    /// they are read once and nothing is allocated for them.
    pub fn manifest<'a>(
        &self,
        member: &[u8; 16],
        revision: u64,
        slots: impl ExactSizeIterator<Item = SealedSlot<'a>>,
    ) -> Result<Manifest, ManifestError> {
        let (key_version, key) = self.manifest.active()?;
        let mac = self.manifest_mac(key, member, revision, slots)?;
        Ok(Manifest { key_version, mac })
    }

    /// Refuses a record that is not exactly what `manifest` was made of.
    pub fn verify_manifest<'a>(
        &self,
        manifest: &Manifest,
        member: &[u8; 16],
        revision: u64,
        slots: impl ExactSizeIterator<Item = SealedSlot<'a>>,
    ) -> Result<(), Unopened> {
        let key = self.manifest.opening(manifest.key_version)?;
        let mac = self.manifest_mac(key, member, revision, slots).map_err(|_| Unopened)?;
        if equal(&mac, &manifest.mac) { Ok(()) } else { Err(Unopened) }
    }

    fn manifest_mac<'a>(
        &self,
        key: &TaggingKey,
        member: &[u8; 16],
        revision: u64,
        slots: impl ExactSizeIterator<Item = SealedSlot<'a>>,
    ) -> Result<[u8; 32], ManifestError> {
        let count = u16::try_from(slots.len()).map_err(|_| ManifestError::Uncounted)?;
        let mut mac = key.begin();
        for part in [label::MANIFEST, &self.vault, member, &revision.to_be_bytes(), &count.to_be_bytes()] {
            mac.update(part);
        }
        let mut seen = 0;
        let mut last = None;
        for slot in slots {
            let place = Some((slot.field, slot.slot));
            if place <= last {
                return Err(ManifestError::OutOfOrder);
            }
            last = place;
            seen += 1;
            mac.update(&slot.field.to_be_bytes());
            mac.update(&slot.slot.to_be_bytes());
            mac.update(&slot.seal.to_be_bytes());
            mac.update(digest::digest(&digest::SHA256, slot.envelope).as_ref());
        }
        if seen == usize::from(count) { Ok(finish(mac)) } else { Err(ManifestError::Uncounted) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use ring::{hmac, rand::SystemRandom};

    use super::*;
    use crate::keyring::{KeyName, KeyState, fixture};
    use crate::material::Material;

    const MEMBER: &[u8; 16] = &[7; 16];

    const SLOTS: [SealedSlot<'static>; 3] =
        [SealedSlot::new(1, 0, 1, b"name"), SealedSlot::new(5, 0, 2, b"home"), SealedSlot::new(5, 1, 1, b"work")];

    fn refuses(keyring: &Keyring, manifest: &Manifest, revision: u64, slots: &[SealedSlot<'_>]) {
        let verified = keyring.verify_manifest(manifest, MEMBER, revision, slots.iter().copied());
        assert_eq!(verified, Err(Unopened), "{slots:?}");
    }

    #[test]
    fn a_manifest_is_the_documented_hmac() {
        let keyring = fixture::keyring();
        let manifest = keyring.manifest(MEMBER, 9, SLOTS.into_iter()).unwrap();
        let mut message = b"fubako/manifest/v1".to_vec();
        message.extend([1; 16]);
        message.extend(MEMBER);
        message.extend([0, 0, 0, 0, 0, 0, 0, 9, 0, 3]);
        for slot in SLOTS {
            message.extend(slot.field.to_be_bytes());
            message.extend(slot.slot.to_be_bytes());
            message.extend(slot.seal.to_be_bytes());
            message.extend(digest::digest(&digest::SHA256, slot.envelope).as_ref());
        }
        let (_, key) = keyring.manifest.active().unwrap();
        // EXPOSE: to compute the tag a second way.
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.secret().expose());
        assert_eq!(manifest.mac(), hmac::sign(&key, &message).as_ref());
    }

    #[test]
    fn a_record_that_is_whole_is_verified() {
        let keyring = fixture::keyring();
        let manifest = keyring.manifest(MEMBER, 9, SLOTS.into_iter()).unwrap();
        assert!(keyring.verify_manifest(&manifest, MEMBER, 9, SLOTS.into_iter()).is_ok());
        let empty = keyring.manifest(MEMBER, 9, [].into_iter()).unwrap();
        assert!(keyring.verify_manifest(&empty, MEMBER, 9, [].into_iter()).is_ok());
    }

    #[test]
    fn a_record_changed_anywhere_is_refused() {
        let keyring = fixture::keyring();
        let manifest = keyring.manifest(MEMBER, 9, SLOTS.into_iter()).unwrap();
        refuses(&keyring, &manifest, 8, &SLOTS);
        for dropped in 0..SLOTS.len() {
            let mut slots = SLOTS.to_vec();
            slots.remove(dropped);
            refuses(&keyring, &manifest, 9, &slots);
        }
        let changed = [
            SealedSlot::new(5, 2, 1, b"work"),
            SealedSlot::new(6, 1, 1, b"work"),
            SealedSlot::new(5, 1, 2, b"work"),
            SealedSlot::new(5, 1, 1, b"wor"),
            SealedSlot::new(5, 1, 1, b"home"),
        ];
        for slot in changed {
            refuses(&keyring, &manifest, 9, &[SLOTS[0], SLOTS[1], slot]);
        }
        refuses(&keyring, &manifest, 9, &[SLOTS[0], SLOTS[1], SLOTS[2], SealedSlot::new(9, 0, 1, b"")]);
    }

    #[test]
    fn a_manifest_of_another_member_or_vault_is_refused() {
        let keyring = fixture::keyring();
        let manifest = keyring.manifest(MEMBER, 9, SLOTS.into_iter()).unwrap();
        let other = keyring.verify_manifest(&manifest, &[8; 16], 9, SLOTS.into_iter());
        assert_eq!(other, Err(Unopened));
        refuses(&fixture::moved_to(keyring, [2; 16]), &manifest, 9, &SLOTS);
    }

    #[test]
    fn slots_out_of_order_or_twice_are_refused() {
        let keyring = fixture::keyring();
        let manifest = keyring.manifest(MEMBER, 9, SLOTS.into_iter()).unwrap();
        for slots in [[SLOTS[1], SLOTS[0], SLOTS[2]], [SLOTS[0], SLOTS[2], SLOTS[1]], [SLOTS[0], SLOTS[0], SLOTS[2]]] {
            let made = keyring.manifest(MEMBER, 9, slots.into_iter());
            assert_eq!(made.unwrap_err(), ManifestError::OutOfOrder);
            refuses(&keyring, &manifest, 9, &slots);
        }
    }

    #[test]
    fn slots_that_are_not_as_many_as_announced_are_refused() {
        struct Liar;
        impl Iterator for Liar {
            type Item = SealedSlot<'static>;
            fn next(&mut self) -> Option<Self::Item> {
                None
            }
            fn size_hint(&self) -> (usize, Option<usize>) {
                (1, Some(1))
            }
        }
        impl ExactSizeIterator for Liar {}
        let keyring = fixture::keyring();
        assert_eq!(keyring.manifest(MEMBER, 9, Liar).unwrap_err(), ManifestError::Uncounted);
        let many = vec![SLOTS[0]; 65_536];
        let made = keyring.manifest(MEMBER, 9, many.into_iter());
        assert_eq!(made.unwrap_err(), ManifestError::Uncounted);
    }

    #[test]
    fn a_changed_tag_or_version_is_refused() {
        let keyring = fixture::keyring().rotate(KeyName::Manifest, 1, &SystemRandom::new()).unwrap();
        let manifest = keyring.manifest(MEMBER, 9, SLOTS.into_iter()).unwrap();
        assert_eq!(manifest.key_version(), 2);
        for bit in 0..256 {
            let mut mac = *manifest.mac();
            mac[bit / 8] ^= 1 << (bit % 8);
            refuses(&keyring, &Manifest::new(2, mac), 9, &SLOTS);
        }
        refuses(&keyring, &Manifest::new(1, *manifest.mac()), 9, &SLOTS);
        refuses(&keyring, &Manifest::new(3, *manifest.mac()), 9, &SLOTS);
    }

    #[test]
    fn a_destroyed_manifest_key_verifies_nothing() {
        let keyring = fixture::keyring();
        let manifest = keyring.manifest(MEMBER, 9, SLOTS.into_iter()).unwrap();
        let keyring = keyring.transition(KeyName::Manifest, 1, KeyState::Deactivated).unwrap();
        assert!(keyring.verify_manifest(&manifest, MEMBER, 9, SLOTS.into_iter()).is_ok());
        let refused = keyring.manifest(MEMBER, 9, SLOTS.into_iter());
        assert_eq!(refused.unwrap_err(), ManifestError::NoActiveKey(NoActiveKey));
        let keyring = keyring.transition(KeyName::Manifest, 1, KeyState::Destroyed).unwrap();
        refuses(&keyring, &manifest, 9, &SLOTS);
    }
}
