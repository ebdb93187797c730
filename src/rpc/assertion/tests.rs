//! Tests of member assertions: what is believed, and everything that is not.
#![expect(clippy::unwrap_used, reason = "tests")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{EncodingKey, Header, encode};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, SignatureAlgorithm};
use serde_json::{Value, json};

use super::*;

const MEMBER: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const NOW: i64 = 1_800_000_000;

/// An issuer's private side.
struct Signer {
    key: KeyPair,
    algorithm: Algorithm,
}

impl Signer {
    fn new(kind: &'static SignatureAlgorithm, algorithm: Algorithm) -> Self {
        Self { key: KeyPair::generate_for(kind).unwrap(), algorithm }
    }

    fn ed25519() -> Self {
        Self::new(&PKCS_ED25519, Algorithm::EdDSA)
    }

    fn p256() -> Self {
        Self::new(&PKCS_ECDSA_P256_SHA256, Algorithm::ES256)
    }

    fn issuer(&self, name: &str, signature: Signature) -> Issuer {
        Issuer::new(name.to_owned(), signature, &self.key.public_key_pem(), "vault".to_owned()).unwrap()
    }

    fn sign(&self, claims: &Value) -> String {
        let pem = self.key.serialize_pem();
        let key = if self.algorithm == Algorithm::EdDSA {
            EncodingKey::from_ed_pem(pem.as_bytes())
        } else {
            EncodingKey::from_ec_pem(pem.as_bytes())
        };
        encode(&Header::new(self.algorithm), claims, &key.unwrap()).unwrap()
    }
}

fn claims() -> Value {
    json!({"iss": "portal", "aud": "vault", "sub": MEMBER, "iat": NOW, "exp": NOW + 300})
}

fn with(name: &str, value: impl Into<Value>) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().insert(name.to_owned(), value.into());
    claims
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

#[test]
fn an_assertion_in_either_algorithm_names_its_member() {
    let (ed, p256) = (Signer::ed25519(), Signer::p256());
    let issuers = Issuers::new(vec![ed.issuer("portal", Signature::EdDsa), p256.issuer("portal", Signature::Es256)]);
    for signer in [ed, p256] {
        assert_eq!(issuers.verify(&signer.sign(&claims()), at(NOW)), Ok(MemberId::parse(MEMBER).unwrap()));
        let several = with("aud", json!(["shop", "vault"]));
        assert_eq!(issuers.verify(&signer.sign(&several), at(NOW + 299)), Ok(MemberId::parse(MEMBER).unwrap()));
    }
}

#[test]
fn claims_that_do_not_hold_now_and_here_are_not_believed() {
    let signer = Signer::ed25519();
    let issuers = Issuers::new(vec![signer.issuer("portal", Signature::EdDsa)]);
    let cases = [
        (with("aud", "another-vault"), Error::OtherAudience),
        (with("aud", json!([])), Error::OtherAudience),
        (with("iat", NOW + 11), Error::NotYet),
        (with("nbf", NOW + 11), Error::NotYet),
        (with("exp", NOW - 10), Error::Expired),
        (with("exp", NOW + 301), Error::TooLong),
        (with("iat", NOW - 1), Error::TooLong),
        (with("iat", i64::MIN), Error::TooLong),
        (with("exp", i64::MAX), Error::TooLong),
        (with("sub", "hanako"), Error::NoMember),
        (with("sub", "7d444840-9dc0-4ad1-9245-5ffdce74fad2"), Error::NoMember),
        (with("iss", "another"), Error::NotFromAnIssuer),
        (with("exp", "tomorrow"), Error::NotFromAnIssuer),
        (with("sub", Value::Null), Error::NotFromAnIssuer),
    ];
    for (claims, error) in cases {
        assert_eq!(issuers.verify(&signer.sign(&claims), at(NOW)), Err(error), "{claims}");
    }
}

#[test]
fn each_claim_has_to_be_there() {
    let signer = Signer::ed25519();
    let issuers = Issuers::new(vec![signer.issuer("portal", Signature::EdDsa)]);
    for name in ["iss", "aud", "sub", "iat", "exp"] {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        assert_eq!(issuers.verify(&signer.sign(&claims), at(NOW)), Err(Error::NotFromAnIssuer), "{name}");
    }
}

#[test]
fn a_token_of_another_key_or_with_a_changed_byte_is_not_believed() {
    let signer = Signer::p256();
    let issuers = Issuers::new(vec![signer.issuer("portal", Signature::Es256)]);
    assert_eq!(issuers.verify(&Signer::p256().sign(&claims()), at(NOW)), Err(Error::NotFromAnIssuer));
    let token = signer.sign(&claims());
    for position in [0, token.len() / 2, token.len() - 8] {
        let mut bytes = token.clone().into_bytes();
        let byte = bytes.get_mut(position).unwrap();
        *byte = if *byte == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert_eq!(issuers.verify(&changed, at(NOW)), Err(Error::NotFromAnIssuer), "{position}");
    }
}

#[test]
fn an_issuer_is_held_to_its_own_algorithm() {
    let signer = Signer::ed25519();
    let issuers = Issuers::new(vec![signer.issuer("portal", Signature::EdDsa)]);
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let unsigned = format!("{}.{}.", part(&json!({"alg": "none", "typ": "JWT"})), part(&claims()));
    // The public key as a shared secret: what a verifier that trusts the header would accept.
    let secret = EncodingKey::from_secret(signer.key.public_key_pem().as_bytes());
    let shared = encode(&Header::new(Algorithm::HS256), &claims(), &secret).unwrap();
    let other_curve = Signer::new(&PKCS_ECDSA_P384_SHA384, Algorithm::ES384).sign(&claims());
    for token in [unsigned, shared, other_curve, Signer::p256().sign(&claims())] {
        assert_eq!(issuers.verify(&token, at(NOW)), Err(Error::NotFromAnIssuer), "{token}");
    }
}

#[test]
fn a_key_of_another_kind_makes_no_issuer() {
    let pem = Signer::p256().key.public_key_pem();
    let refused = Issuer::new("portal".to_owned(), Signature::EdDsa, &pem, "vault".to_owned());
    assert_eq!(refused.err(), Some(InvalidKey { issuer: "portal".to_owned() }));
}

#[test]
fn an_endless_token_is_not_even_read() {
    let signer = Signer::ed25519();
    let issuers = Issuers::new(vec![signer.issuer("portal", Signature::EdDsa)]);
    let long = signer.sign(&with("padding", "x".repeat(4096)));
    assert_eq!(issuers.verify(&long, at(NOW)), Err(Error::NotOneToken));
}
