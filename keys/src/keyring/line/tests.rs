//! Tests of a key through its versions.

use proptest::prelude::*;
use ring::rand::SystemRandom;

use super::*;
use crate::material::TaggingKey;

/// A line of versions in the given states, whatever they are, in its encoded form.
fn encoded(states: &[u8]) -> Vec<u8> {
    let mut bytes = u16::try_from(states.len()).unwrap().to_be_bytes().to_vec();
    for (at, state) in states.iter().enumerate() {
        bytes.extend(u32::try_from(at + 1).unwrap().to_be_bytes());
        bytes.push(*state);
        bytes.extend([0; 8 + 16]);
        if *state != KeyState::Destroyed.number() {
            bytes.extend([9; KEY_LEN]);
        }
    }
    bytes
}

fn decode(bytes: &[u8]) -> Option<KeyLine<TaggingKey>> {
    let mut reader = Reader::new(bytes);
    let line = KeyLine::decode(&mut reader, LineForm::Marked)?;
    reader.end()?;
    Some(line)
}

proptest! {
    #[test]
    fn a_line_is_read_as_written(states in prop::collection::vec(1_u8..=5, 1..8)) {
        let bytes = encoded(&states);
        let active = states.iter().filter(|state| KeyState::from_number(**state) == Some(KeyState::Active)).count();
        match decode(&bytes) {
            Some(line) => {
                let mut again = Vec::new();
                line.encode(&mut again).unwrap();
                prop_assert_eq!(&again, &bytes);
                prop_assert!(active <= 1);
                prop_assert!(again.len() <= line.encoded_len());
            }
            None => prop_assert!(active > 1),
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&bytes);
    }
}

#[test]
fn a_line_without_versions_is_refused() {
    assert!(decode(&encoded(&[])).is_none());
}

#[test]
fn version_numbers_that_do_not_rise_are_refused() {
    for number in [0, 1] {
        let mut bytes = encoded(&[3, 2]);
        let second = 2 + 61;
        bytes[second..second + 4].copy_from_slice(&u32::to_be_bytes(number));
        assert!(decode(&bytes).is_none());
    }
    let mut zero = encoded(&[2]);
    zero[5] = 0;
    assert!(decode(&zero).is_none());
}

#[test]
fn unknown_states_and_cut_lines_are_refused() {
    assert!(decode(&encoded(&[0])).is_none());
    assert!(decode(&encoded(&[6])).is_none());
    let whole = encoded(&[5, 3, 2]);
    for len in 0..whole.len() {
        assert!(decode(&whole[..len]).is_none());
    }
}

#[test]
fn only_the_active_version_seals_and_only_opening_states_open() {
    let line = decode(&encoded(&[5, 4, 3, 2, 1])).unwrap();
    assert_eq!(line.active().map(|(number, _)| number), Ok(4));
    let opening: Vec<_> = (0..=6).filter(|number| line.opening(*number).is_ok()).collect();
    assert_eq!(opening, [2, 3, 4]);
}

#[test]
fn a_destroyed_version_has_no_key_and_never_comes_back() {
    let mut line = KeyLine::<TaggingKey>::generate(1, 1, &SystemRandom::new()).unwrap();
    line.transition(9, 1, KeyState::Deactivated).unwrap();
    line.transition(9, 1, KeyState::Destroyed).unwrap();
    assert!(line.versions[0].material.is_none());
    assert!(line.is_destroyed());
    for next in KeyState::ALL {
        let from = KeyState::Destroyed;
        assert_eq!(line.transition(9, 1, next), Err(LifeError::Illegal { from, next }));
    }
}

#[test]
fn a_line_is_destroyed_only_with_its_last_version() {
    assert!(decode(&encoded(&[5, 5])).unwrap().is_destroyed());
    for left in 1..5 {
        assert!(!decode(&encoded(&[5, left, 5])).unwrap().is_destroyed());
    }
}

#[test]
fn a_version_is_not_activated_beside_another() {
    let mut line = decode(&encoded(&[2, 1])).unwrap();
    assert_eq!(line.transition(9, 2, KeyState::Active), Err(LifeError::AnotherActive));
    line.transition(9, 1, KeyState::Deactivated).unwrap();
    assert_eq!(line.transition(9, 2, KeyState::Active), Ok(()));
}

#[test]
fn the_last_version_number_is_never_passed() {
    let mut bytes = encoded(&[2]);
    bytes[2..6].copy_from_slice(&u32::MAX.to_be_bytes());
    let mut line = decode(&bytes).unwrap();
    assert_eq!(line.rotate(9, 1, &SystemRandom::new()), Err(LifeError::Exhausted));
    assert_eq!(line.active().map(|(number, _)| number), Ok(u32::MAX));
}
