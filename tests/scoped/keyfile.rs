//! A reader of keyring files of the tests' own, by `docs/format.md`: what no part of the program shows, the raw keys.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use xaes_256_gcm::Xaes256Gcm;
use xaes_256_gcm::aead::{AeadInOut as _, KeyInit as _};

/// Every key of a keyring by class number, or by a name; as many as it has versions.
pub(crate) fn raw_keys(keyring: &Path, root_file: &Path) -> BTreeMap<String, Vec<[u8; 32]>> {
    let bytes = fs::read(keyring).unwrap();
    let root = fs::read_to_string(root_file).unwrap();
    let root: [u8; 32] = hex::decode(root.lines().nth(1).unwrap()).unwrap().try_into().unwrap();
    // A keyring under a key file that was never changed: magic, format, generation, vault, root id, kind, length.
    let head = 8 + 2 + 8 + 16 + 16 + 1 + 4;
    assert_eq!((&bytes[..8], &bytes[8..10], bytes[50]), (&b"fubakokr"[..], &[0, 3][..], 1));
    let (head, sealed) = bytes.split_at(head);
    let (nonce, body) = sealed.split_first_chunk::<24>().unwrap();
    let (ciphertext, tag) = body.split_last_chunk::<16>().unwrap();
    let mut plain = ciphertext.to_vec();
    Xaes256Gcm::new(&root.into())
        .decrypt_inout_detached(nonce.into(), head, plain.as_mut_slice().into(), tag.into())
        .unwrap();
    let mut reader = Reader(&plain);
    assert_eq!(reader.take(1), [0], "no scope");
    let _since = reader.take(8);
    assert_eq!(reader.number(2), 0, "no former root key");
    let mut keys = BTreeMap::new();
    for _ in 0..reader.number(1) {
        let class = reader.number(1);
        keys.insert(format!("class {class}"), reader.line());
    }
    for name in ["register", "manifest", "index", "pseudonym", "request", "ledger", "retention", "signing"] {
        keys.insert(name.to_owned(), reader.line());
    }
    keys
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> &'a [u8] {
        let (front, rest) = self.0.split_at(len);
        self.0 = rest;
        front
    }

    fn number(&mut self, len: usize) -> u64 {
        self.take(len).iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    /// The versions of one key: number, state, three numbers, and the key unless it is destroyed.
    fn line(&mut self) -> Vec<[u8; 32]> {
        let versions = self.number(2);
        let mut keys = Vec::new();
        for _ in 0..versions {
            let (_number, state, _times) = (self.number(4), self.number(1), self.take(24));
            if state != 5 {
                keys.push(self.take(32).try_into().unwrap());
            }
        }
        keys
    }
}
