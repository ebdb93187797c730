//! The bytes inside a keyring's seal.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::Keyring;
use super::header::KeyringHeader;
use super::line::{KeyLine, LineForm};
use super::roots::RootHistory;
use super::scope::Scope;
use crate::bytes::Reader;
use crate::class::KeyClass;
use crate::material::Material;
use crate::month::Month;
use crate::seal::SealingKey;

impl Keyring {
    /// Every key in one buffer that is wiped:
    /// `scoped u8 | scope, if it is 1 | root keys | class count u8 | (class u8 | line)* | register | manifest | index | pseudonym | request digest |
    /// long-lived ledger | retention | signing | month count u16 | (month u32 | line)*`, classes and months rising.
    /// None if something is too many to be counted.
    pub(super) fn encode(&self) -> Option<Zeroizing<Vec<u8>>> {
        // Exact enough never to grow: a buffer that grew would leave keys behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.encoded_len()));
        bytes.push(self.scope.is_some().into());
        if let Some(scope) = &self.scope {
            scope.encode(&mut bytes)?;
        }
        bytes.extend_from_slice(&self.encoded_roots()?);
        bytes.push(u8::try_from(self.classes.len()).ok()?);
        for (class, line) in &self.classes {
            bytes.push(class.number());
            line.encode(&mut bytes)?;
        }
        self.register.encode(&mut bytes)?;
        self.manifest.encode(&mut bytes)?;
        self.index.encode(&mut bytes)?;
        self.pseudonym.encode(&mut bytes)?;
        self.request_digest.encode(&mut bytes)?;
        self.long_lived.encode(&mut bytes)?;
        self.retention.encode(&mut bytes)?;
        self.signing.encode(&mut bytes)?;
        bytes.extend_from_slice(&u16::try_from(self.months.len()).ok()?.to_be_bytes());
        for (month, line) in &self.months {
            bytes.extend_from_slice(&month.number().to_be_bytes());
            line.encode(&mut bytes)?;
        }
        Some(bytes)
    }

    /// The keyring that [`Keyring::encode`] wrote, with the vault and generation of its header; none if a single byte
    /// is not as it would be written.
    pub(super) fn decode(header: &KeyringHeader, plain: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(plain);
        let form = header.form();
        let (scope, roots) = match form {
            LineForm::Plain => (None, RootHistory::unwritten(header.root().previous(), header.generation())),
            LineForm::Marked => {
                let scope = match reader.u8()? {
                    0 => None,
                    1 => Some(Scope::decode(&mut reader)?),
                    _ => return None,
                };
                (scope, RootHistory::decode(&mut reader)?)
            }
        };
        let keyring = Self {
            vault: *header.vault(),
            generation: header.generation(),
            previous_root: header.root().previous(),
            roots,
            scope,
            classes: decode_classes(&mut reader, form)?,
            register: KeyLine::decode(&mut reader, form)?,
            manifest: KeyLine::decode(&mut reader, form)?,
            index: KeyLine::decode(&mut reader, form)?,
            pseudonym: KeyLine::decode(&mut reader, form)?,
            request_digest: KeyLine::decode(&mut reader, form)?,
            long_lived: KeyLine::decode(&mut reader, form)?,
            retention: KeyLine::decode(&mut reader, form)?,
            signing: KeyLine::decode(&mut reader, form)?,
            months: decode_months(&mut reader, form)?,
        };
        reader.end()?;
        keyring.is_complete().then_some(keyring)
    }

    /// No secret: who a root key is, and where it comes from.
    fn encoded_roots(&self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        self.roots.encode(&mut bytes)?;
        Some(bytes)
    }

    fn encoded_len(&self) -> usize {
        let single = self.register.encoded_len()
            + self.manifest.encoded_len()
            + self.index.encoded_len()
            + self.pseudonym.encoded_len()
            + self.request_digest.encoded_len()
            + self.long_lived.encoded_len()
            + self.retention.encoded_len()
            + self.signing.encoded_len();
        let scope = self.scope.as_ref().map_or(0, |scope| SCOPE_LEN + scope.classes().len());
        let roots = self.encoded_roots().map_or(0, |roots| roots.len());
        1 + scope + roots + 1 + lines_len(1, self.classes.values()) + single + 2 + lines_len(4, self.months.values())
    }
}

fn decode_classes(reader: &mut Reader<'_>, form: LineForm) -> Option<BTreeMap<KeyClass, KeyLine<SealingKey>>> {
    let mut classes = BTreeMap::new();
    for _ in 0..reader.u8()? {
        let class = KeyClass::from_number(reader.u8()?)?;
        insert_rising(&mut classes, class, KeyLine::decode(reader, form)?)?;
    }
    Some(classes)
}

fn decode_months(reader: &mut Reader<'_>, form: LineForm) -> Option<BTreeMap<Month, KeyLine<SealingKey>>> {
    let mut months = BTreeMap::new();
    for _ in 0..reader.u16()? {
        let month = Month::new(reader.u32()?).ok()?;
        insert_rising(&mut months, month, KeyLine::decode(reader, form)?)?;
    }
    Some(months)
}

/// Inserts under a key above all others; none if it is not, so that each map has one encoding.
fn insert_rising<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: V) -> Option<()> {
    if map.last_key_value().is_some_and(|(last, _)| *last >= key) {
        return None;
    }
    map.insert(key, value);
    Some(())
}

fn lines_len<'a, M: Material + 'a>(name_len: usize, lines: impl Iterator<Item = &'a KeyLine<M>>) -> usize {
    lines.map(|line| name_len + line.encoded_len()).sum()
}

/// Of a scope without its classes.
const SCOPE_LEN: usize = 16 + 8 + 1;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use proptest::prelude::*;
    use ring::rand::SystemRandom;

    use super::*;
    use crate::keyring::{KeyDescription, KeyName, KeyState, fixture};
    use crate::root::{RootClaim, RootId, RootOrigin};

    const HEADER: KeyringHeader =
        KeyringHeader::new(1, [1; 16], RootClaim::new(RootId::new([0; 16]), None, RootOrigin::File));

    /// A keyring that lived: rotated, compromised, destroyed and scoped as `steps` say.
    fn lived(steps: &[(usize, u8)]) -> Keyring {
        let rng = SystemRandom::new();
        let mut keyring = fixture::keyring();
        let names: Vec<_> = keyring.describe().iter().map(KeyDescription::name).collect();
        for (at, step) in steps {
            let name = names[at % names.len()];
            let next = match step % 4 {
                0 => keyring.rotate(name, 5, &rng),
                1 => keyring.transition(name, 1, KeyState::Deactivated),
                2 => keyring.transition(name, 1, KeyState::Compromised),
                _ => keyring.transition(name, 1, KeyState::Destroyed),
            };
            keyring = next.unwrap_or(keyring);
        }
        if steps.len() > 6 {
            keyring = keyring.scoped(Scope::new([5; 16], 7, [KeyClass::Card, KeyClass::Bank].into()));
        }
        keyring
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_keyring_is_read_as_written(steps in prop::collection::vec(any::<(usize, u8)>(), 0..12)) {
            let keyring = lived(&steps);
            let bytes = keyring.encode().unwrap();
            prop_assert_eq!(bytes.capacity(), keyring.encoded_len());
            let read = Keyring::decode(&HEADER, &bytes).unwrap();
            prop_assert_eq!(read.describe(), keyring.describe());
            prop_assert_eq!(&*read.encode().unwrap(), &*bytes);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = Keyring::decode(&HEADER, &bytes);
        }

        #[test]
        fn whatever_is_read_would_be_written_so(at: usize, value: u8) {
            let mut bytes = fixture::keyring().encode().unwrap();
            let at = at % bytes.len();
            bytes[at] = value;
            if let Some(keyring) = Keyring::decode(&HEADER, &bytes) {
                prop_assert_eq!(&*keyring.encode().unwrap(), &*bytes);
            }
        }
    }

    #[test]
    fn a_keyring_cut_or_lengthened_is_refused() {
        let mut bytes = fixture::keyring().encode().unwrap();
        for len in 0..bytes.len() {
            assert!(Keyring::decode(&HEADER, &bytes[..len]).is_none());
        }
        bytes.push(0);
        assert!(Keyring::decode(&HEADER, &bytes).is_none());
    }

    #[test]
    fn classes_out_of_order_are_refused() {
        let mut bytes = fixture::keyring().encode().unwrap();
        // Behind the mark of no scope, the root keys, of which there are none before, and the count.
        let (first, class_len) = (1 + 8 + 2 + 1, 1 + 2 + 61);
        assert_eq!((bytes[first], bytes[first + class_len]), (1, 2));
        bytes[first] = 2;
        assert!(Keyring::decode(&HEADER, &bytes).is_none());
    }

    #[test]
    fn destroyed_keys_are_not_in_the_bytes() {
        let keyring = fixture::keyring();
        let name = KeyName::Class(KeyClass::Card);
        let (_, card) = keyring.classes[&KeyClass::Card].active().unwrap();
        // EXPOSE: to look for it.
        let card = *card.secret().expose();
        let holds = |keyring: &Keyring| keyring.encode().unwrap().windows(32).any(|window| window == card);
        let rotated = keyring.rotate(name, 1, &SystemRandom::new()).unwrap();
        assert!(holds(&keyring) && holds(&rotated));
        assert!(!holds(&rotated.transition(name, 1, KeyState::Destroyed).unwrap()));
    }
}
