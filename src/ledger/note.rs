//! Signed notes (C2SP `signed-note`): a text under which names have put Ed25519 signatures, and the keys that verify them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fubako_keys::verify_signature;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// The public key of one who signs notes, with its name: what Go's `sumdb/note` calls a verifier key.
///
/// Its text is `<name>+<key id, 8 hexadecimal digits>+<base64 of 1 u8 | Ed25519 public key 32>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteKey {
    name: String,
    public: [u8; 32],
}

/// The keys under which one name signs and has signed, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteKeys {
    name: String,
    keys: Vec<NoteKey>,
}

/// The text is no verifier key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidNoteKey {
    /// Not three parts between two plus signs, or one of them is none.
    #[error("not of the form `<name>+<8 hexadecimal digits>+<base64>`")]
    Shape,
    /// Another kind of key than Ed25519.
    #[error("not an Ed25519 key of 32 bytes")]
    Algorithm,
    /// The key id is not the one of this name and key.
    #[error("its id does not belong to its name and key")]
    Id,
    /// Keys of one ledger have one name.
    #[error("its keys have more than one name")]
    Names,
}

/// Why a note is not to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoteError {
    /// Not a text, a blank line and lines of signatures.
    #[error("not a signed note")]
    Malformed,
    /// None of its signatures names this key.
    #[error("not signed by this key")]
    OtherKey,
    /// A signature that names this key is not of this text.
    #[error("the signature is not of this text")]
    Forged,
}

impl NoteKey {
    /// The key of that name.
    #[must_use]
    pub const fn new(name: String, public: [u8; 32]) -> Self {
        Self { name, public }
    }

    /// Reads a verifier key.
    pub fn parse(text: &str) -> Result<Self, InvalidNoteKey> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(InvalidNoteKey::Shape);
        };
        let key = STANDARD.decode(key).map_err(|_| InvalidNoteKey::Shape)?;
        let public = key.split_first().filter(|(algorithm, _)| **algorithm == ED25519);
        let public = public.and_then(|(_, key)| key.try_into().ok()).ok_or(InvalidNoteKey::Algorithm)?;
        let parsed = Self { name: name.to_owned(), public };
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(InvalidNoteKey::Shape);
        }
        if hex::encode(parsed.id()) == id { Ok(parsed) } else { Err(InvalidNoteKey::Id) }
    }

    /// Whose key it is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of SHA-256 over `name | newline | 1 u8 | public key 32`.
    fn id(&self) -> [u8; 4] {
        let hash = Sha256::new_with_prefix(&self.name).chain_update([b'\n', ED25519]).chain_update(self.public);
        hash.finalize().first_chunk().copied().unwrap_or_default()
    }

    /// The note of a text, which ends with a newline, given this key's signature of it.
    #[must_use]
    pub fn note(&self, text: &str, signature: &[u8; 64]) -> String {
        let signature = STANDARD.encode([&self.id()[..], signature].concat());
        format!("{text}\n{DASH} {} {signature}\n", self.name)
    }

    /// The text of a note, once a signature by this key verifies; signatures of other keys say nothing here.
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        let (text, signatures) = split(note).ok_or(NoteError::Malformed)?;
        let mut verified = Err(NoteError::OtherKey);
        for line in signatures.lines().take(MAX_SIGNATURES) {
            let (name, id, signature) = signature_line(line).ok_or(NoteError::Malformed)?;
            if name == self.name && id == self.id() {
                verify_signature(&self.public, text.as_bytes(), &signature).map_err(|_| NoteError::Forged)?;
                verified = Ok(text);
            }
        }
        verified
    }
}

impl NoteKeys {
    /// The keys of that name.
    #[must_use]
    pub fn new(name: String, public: impl IntoIterator<Item = [u8; 32]>) -> Self {
        let keys = public.into_iter().map(|public| NoteKey::new(name.clone(), public)).collect();
        Self { name, keys }
    }

    /// Reads verifier keys of one name, one a line, the newest first.
    pub fn parse(text: &str) -> Result<Self, InvalidNoteKey> {
        let keys: Vec<NoteKey> = text.split_whitespace().map(NoteKey::parse).collect::<Result<_, _>>()?;
        let name = keys.first().ok_or(InvalidNoteKey::Shape)?.name.clone();
        if keys.iter().all(|key| key.name == name) { Ok(Self { name, keys }) } else { Err(InvalidNoteKey::Names) }
    }

    /// Whose keys they are.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The keys, the newest first.
    pub fn iter(&self) -> impl Iterator<Item = &NoteKey> {
        self.keys.iter()
    }

    /// The key whose signature of a note verifies.
    #[must_use]
    pub fn signer(&self, note: &str) -> Option<&NoteKey> {
        self.keys.iter().find(|key| key.open(note).is_ok())
    }

    /// The text of a note, once a signature by one of the keys verifies.
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        let opened = self.keys.iter().map(|key| key.open(note));
        opened
            .reduce(|best, next| if best == Err(NoteError::OtherKey) { next } else { best })
            .unwrap_or(Err(NoteError::OtherKey))
    }
}

impl From<NoteKey> for NoteKeys {
    fn from(key: NoteKey) -> Self {
        Self { name: key.name.clone(), keys: vec![key] }
    }
}

impl fmt::Display for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = STANDARD.encode([&[ED25519][..], &self.public].concat());
        write!(f, "{}+{}+{key}", self.name, hex::encode(self.id()))
    }
}

/// The text with its last newline, and the lines of signatures behind the last blank line.
fn split(note: &str) -> Option<(&str, &str)> {
    let control = |c: char| c < ' ' && c != '\n';
    let (text, signatures) = note.rsplit_once("\n\n")?;
    if note.contains(control) || !signatures.ends_with('\n') {
        return None;
    }
    Some((note.get(..=text.len())?, signatures))
}

/// Name, key id and signature of a line.
fn signature_line(line: &str) -> Option<(&str, [u8; 4], Vec<u8>)> {
    let (name, signature) = line.strip_prefix(DASH)?.strip_prefix(' ')?.split_once(' ')?;
    let bytes = STANDARD.decode(signature).ok()?;
    let (id, signature) = bytes.split_first_chunk()?;
    (!name.is_empty()).then(|| (name, *id, signature.to_vec()))
}

/// The dash a line of signature begins with.
const DASH: char = '\u{2014}';
/// The type of signature, and of key, that is Ed25519.
const ED25519: u8 = 1;
/// Lines that are looked at; a verifier has to bound them, and must take 16.
const MAX_SIGNATURES: usize = 64;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    use proptest::prelude::*;

    /// The note and the key that Go's `sumdb/note` documents.
    const PUBLISHED_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const PUBLISHED_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
         then you don't know what your problem is.\n\n\
         — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn the_published_note_opens_under_the_published_key() {
        let key = NoteKey::parse(PUBLISHED_KEY).unwrap();
        assert_eq!(key.to_string(), PUBLISHED_KEY);
        assert!(key.open(PUBLISHED_NOTE).unwrap().ends_with("what your problem is.\n"));
    }

    #[test]
    fn a_changed_text_a_changed_signature_and_another_key_are_told_apart() {
        let key = NoteKey::parse(PUBLISHED_KEY).unwrap();
        assert_eq!(key.open(&PUBLISHED_NOTE.replacen("think", "thank", 1)), Err(NoteError::Forged));
        assert_eq!(key.open(&PUBLISHED_NOTE.replacen("JnAM=", "JnAN=", 1)), Err(NoteError::Malformed));
        assert_eq!(key.open(&PUBLISHED_NOTE.replacen("RyyBwJ", "RyyBwK", 1)), Err(NoteError::Forged));
        assert_eq!(key.open(&PUBLISHED_NOTE.replacen("— Peter", "— Petra", 1)), Err(NoteError::OtherKey));
        assert_eq!(NoteKey::new("PeterNeumann".into(), [7; 32]).open(PUBLISHED_NOTE), Err(NoteError::OtherKey));
        for malformed in
            ["", "text\n", "text\n\n", "text\n\n— name\n", "text\n\n- name AAAA\n", "a\tb\n\n— n AAAAAA==\n"]
        {
            assert!(matches!(key.open(malformed), Err(NoteError::Malformed | NoteError::OtherKey)), "{malformed:?}");
        }
    }

    #[test]
    fn signatures_of_others_do_not_stand_in_the_way() {
        let key = NoteKey::parse(PUBLISHED_KEY).unwrap();
        let cosigned = format!("{PUBLISHED_NOTE}— witness.example AAAAAAAA\n");
        assert!(key.open(&cosigned).is_ok());
    }

    #[test]
    fn what_is_no_verifier_key_is_refused_by_what_is_wrong() {
        let refused = |text: &str| NoteKey::parse(text).unwrap_err();
        assert_eq!(refused("PeterNeumann"), InvalidNoteKey::Shape);
        assert_eq!(refused("PeterNeumann+c74f20a3+?"), InvalidNoteKey::Shape);
        assert_eq!(refused("PeterNeumann+c74f20a3+AAAA"), InvalidNoteKey::Algorithm);
        assert_eq!(refused(&PUBLISHED_KEY.replacen("c7", "c8", 1)), InvalidNoteKey::Id);
        assert_eq!(refused(&PUBLISHED_KEY.replacen("Peter", "Petra", 1)), InvalidNoteKey::Id);
    }

    #[test]
    fn keys_are_read_a_line_each_and_have_one_name() {
        let (newest, before) = (NoteKey::new("vault".into(), [2; 32]), NoteKey::new("vault".into(), [1; 32]));
        let keys = NoteKeys::parse(&format!("{newest}\n{before}\n")).unwrap();
        assert_eq!(keys.iter().collect::<Vec<_>>(), [&newest, &before]);
        assert_eq!(NoteKeys::parse(&before.to_string()).unwrap().name(), "vault");
        assert_eq!(NoteKeys::parse(" \n"), Err(InvalidNoteKey::Shape));
        assert_eq!(NoteKeys::parse(&format!("{newest}\n{PUBLISHED_KEY}")), Err(InvalidNoteKey::Names));
        assert_eq!(NoteKeys::parse(&format!("{newest}\nno key")), Err(InvalidNoteKey::Shape));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text: String) {
            let _ = NoteKey::parse(&text);
            let _ = NoteKey::new("name".into(), [1; 32]).open(&text);
        }
    }
}
