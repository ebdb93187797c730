//! Keyed tags that stand for something without showing it: blind index, pseudonyms, digests of requests.

use super::Keyring;
use crate::label;
use crate::material::{TaggingKey, prefix};
use crate::seal::NoActiveKey;

/// What a blind index is kept over. Each has a label of its own, so that equal texts of two kinds have unlike tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IndexKind {
    /// E-mail addresses.
    Email,
    /// Phone numbers.
    Phone,
    /// The external reference of a member.
    Reference,
}

impl IndexKind {
    /// Every kind there is.
    pub const ALL: [Self; 3] = [Self::Email, Self::Phone, Self::Reference];

    /// Its number in stored listings.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Email => 1,
            Self::Phone => 2,
            Self::Reference => 3,
        }
    }

    /// The kind of that number, if there is one.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// Its name in the ledger.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Reference => "external_reference",
        }
    }

    fn label(self) -> &'static [u8] {
        match self {
            Self::Email => label::INDEX_EMAIL,
            Self::Phone => label::INDEX_PHONE,
            Self::Reference => label::INDEX_REFERENCE,
        }
    }
}

/// How many bits an index tag has: so few that several members share one, so that a leaked tag names a crowd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagBits(u8);

impl TagBits {
    /// The shortest tag: two crowds.
    pub const MIN: Self = Self(1);

    /// From 1 to 64 bits.
    pub fn new(bits: u8) -> Result<Self, InvalidTagBits> {
        if (1..=64).contains(&bits) { Ok(Self(bits)) } else { Err(InvalidTagBits(bits)) }
    }

    /// The number of bits.
    #[must_use]
    pub const fn count(self) -> u8 {
        self.0
    }
}

/// An index tag cannot have this many bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an index tag has 1 to 64 bits, not `{0}`")]
pub struct InvalidTagBits(u8);

/// A blind index tag and the version of the index key that made it. Tags of two versions do not compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexTag {
    key_version: u32,
    value: u64,
}

impl IndexTag {
    /// A tag as it was stored.
    #[must_use]
    pub const fn new(key_version: u32, value: u64) -> Self {
        Self { key_version, value }
    }

    /// The version of the index key.
    #[must_use]
    pub const fn key_version(self) -> u32 {
        self.key_version
    }

    /// The tag: as many low bits as were asked for, the others zero.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.value
    }
}

impl Keyring {
    /// The blind index tag of a normalised value: the first `bits` of
    /// HMAC-SHA-256(index key, label of the kind | vault 16 | value).
    ///
    /// Whoever finds members by it opens the candidates to see which is meant.
    pub fn index_tag(&self, kind: IndexKind, normalised: &[u8], bits: TagBits) -> Result<IndexTag, NoActiveKey> {
        Ok(self.tag_under(self.index.active()?, kind, normalised, bits))
    }

    /// The tags under every version of the index key that has not been destroyed, the newest first: while the index is
    /// rebuilt after a rotation, a member is listed under one of them.
    pub fn index_tags<'a>(
        &'a self,
        kind: IndexKind,
        normalised: &'a [u8],
        bits: TagBits,
    ) -> impl Iterator<Item = IndexTag> + 'a {
        self.index.all_opening().map(move |version| self.tag_under(version, kind, normalised, bits))
    }

    fn tag_under(
        &self,
        (key_version, key): (u32, &TaggingKey),
        kind: IndexKind,
        normalised: &[u8],
        bits: TagBits,
    ) -> IndexTag {
        let mac = key.tag(&[kind.label(), &self.vault, normalised]);
        let whole = u64::from_be_bytes(prefix(&mac));
        IndexTag { key_version, value: whole >> (64 - u32::from(bits.count())) }
    }

    /// A member's name for one recipient: the first 16 bytes of
    /// HMAC-SHA-256(pseudonym key, label | recipient length u64 | recipient id | secret of the member).
    ///
    /// The same as long as key and secret live; two recipients cannot join theirs. The secret is sealed in the
    /// member's record, so that erasing the record makes the name nobody's.
    pub fn pseudonym(&self, recipient: &[u8], member_secret: &[u8]) -> Result<[u8; 16], NoActiveKey> {
        let (_, key) = self.pseudonym.active()?;
        let mac = key.tag(&[label::PSEUDONYM, &length(recipient), recipient, member_secret]);
        Ok(prefix(&mac))
    }

    /// What a request asked, as HMAC-SHA-256(request key, label | scope length u64 | scope | body).
    ///
    /// Kept beside the request's id, so that another request under the same id is recognised, and no value can be
    /// guessed from it without the key. The scope names caller and method.
    pub fn digest_request(&self, scope: &[u8], body: &[u8]) -> Result<[u8; 32], NoActiveKey> {
        let (_, key) = self.request_digest.active()?;
        Ok(key.tag(&[label::REQUEST, &length(scope), scope, body]))
    }
}

/// The length of `part`, which keeps it apart from what follows.
fn length(part: &[u8]) -> [u8; 8] {
    (part.len() as u64).to_be_bytes()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;
    use ring::rand::SystemRandom;

    use super::*;
    use crate::keyring::{KeyName, KeyState, fixture};

    fn bits(count: u8) -> TagBits {
        TagBits::new(count).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_shorter_tag_is_the_start_of_a_longer_one(count in 1_u8..=64, text in ".{0,20}") {
            let keyring = fixture::keyring();
            let tag = |count| keyring.index_tag(IndexKind::Email, text.as_bytes(), bits(count)).unwrap().value();
            prop_assert_eq!(tag(count), tag(64) >> (64 - count));
            prop_assert!(count == 64 || tag(count) < 1 << count);
        }
    }

    #[test]
    fn tags_of_no_bit_or_too_many_are_refused() {
        assert_eq!(TagBits::new(0), Err(InvalidTagBits(0)));
        for count in 65..=u8::MAX {
            assert_eq!(TagBits::new(count), Err(InvalidTagBits(count)));
        }
    }

    #[test]
    fn until_a_version_is_destroyed_there_is_a_tag_under_it() {
        let keyring = fixture::keyring();
        let first = keyring.index_tag(IndexKind::Email, b"a", bits(64)).unwrap();
        let keyring = keyring.rotate(KeyName::Index, 1, &SystemRandom::new()).unwrap();
        let second = keyring.index_tag(IndexKind::Email, b"a", bits(64)).unwrap();
        assert_eq!((first.key_version(), second.key_version()), (1, 2));
        let tags = |keyring: &Keyring| keyring.index_tags(IndexKind::Email, b"a", bits(64)).collect::<Vec<_>>();
        assert_eq!(tags(&keyring), [second, first]);
        let keyring = keyring.transition(KeyName::Index, 1, KeyState::Destroyed).unwrap();
        assert_eq!(tags(&keyring), [second]);
    }

    #[test]
    fn a_tag_differs_by_kind_text_vault_and_key_version() {
        let keyring = fixture::keyring();
        let tag = keyring.index_tag(IndexKind::Email, b"a", bits(64)).unwrap();
        assert_eq!(tag, keyring.index_tag(IndexKind::Email, b"a", bits(64)).unwrap());
        for (kind, text) in [(IndexKind::Phone, b"a"), (IndexKind::Reference, b"a"), (IndexKind::Email, b"b")] {
            assert_ne!(tag.value(), keyring.index_tag(kind, text, bits(64)).unwrap().value());
        }
        let rotated = keyring.rotate(KeyName::Index, 1, &SystemRandom::new()).unwrap();
        let later = rotated.index_tag(IndexKind::Email, b"a", bits(64)).unwrap();
        assert_eq!((tag.key_version(), later.key_version()), (1, 2));
        assert_ne!(tag.value(), later.value());
        let moved = fixture::moved_to(keyring, [2; 16]);
        assert_ne!(tag, moved.index_tag(IndexKind::Email, b"a", bits(64)).unwrap());
    }

    #[test]
    fn a_pseudonym_is_stable_and_differs_by_recipient_and_secret() {
        let keyring = fixture::keyring();
        let name = keyring.pseudonym(b"seller-1", b"secret").unwrap();
        assert_eq!(name, keyring.pseudonym(b"seller-1", b"secret").unwrap());
        for (recipient, secret) in [
            (&b"seller-2"[..], &b"secret"[..]),
            (b"seller-1", b"secreT"),
            (b"seller-1s", b"ecret"),
            (b"", b"seller-1secret"),
        ] {
            assert_ne!(name, keyring.pseudonym(recipient, secret).unwrap());
        }
    }

    #[test]
    fn a_request_digest_tells_scope_and_body_apart() {
        let keyring = fixture::keyring();
        let digest = keyring.digest_request(b"shop/Collect", b"body").unwrap();
        assert_eq!(digest, keyring.digest_request(b"shop/Collect", b"body").unwrap());
        for (scope, body) in [
            (&b"shop/Correct"[..], &b"body"[..]),
            (b"shop/Collect", b"bodY"),
            (b"shop/Collectb", b"ody"),
            (b"", b"shop/Collectbody"),
        ] {
            assert_ne!(digest, keyring.digest_request(scope, body).unwrap());
        }
    }

    #[test]
    fn nothing_is_tagged_without_an_active_key() {
        let mut keyring = fixture::keyring();
        for name in [KeyName::Index, KeyName::Pseudonym, KeyName::RequestDigest] {
            keyring = keyring.transition(name, 1, KeyState::Deactivated).unwrap();
        }
        assert_eq!(keyring.index_tag(IndexKind::Email, b"", bits(1)), Err(NoActiveKey));
        assert_eq!(keyring.pseudonym(b"", b""), Err(NoActiveKey));
        assert_eq!(keyring.digest_request(b"", b""), Err(NoActiveKey));
    }
}
