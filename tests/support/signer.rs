//! The issuer of member assertions: signs, with Ed25519, that a member is asking.

use fubako::rpc::assertion::{Issuer, Issuers, Signature};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rcgen::{KeyPair, PKCS_ED25519};
use serde_json::json;

/// The issuer's private side.
pub(crate) struct Signer(KeyPair);

impl Signer {
    pub(crate) fn new() -> Self {
        Self(KeyPair::generate_for(&PKCS_ED25519).unwrap())
    }

    pub(crate) fn issuers(&self) -> Issuers {
        let pem = self.public_key_pem();
        Issuers::new(vec![Issuer::new(ISSUER.to_owned(), Signature::EdDsa, &pem, AUDIENCE.to_owned()).unwrap()])
    }

    pub(crate) fn public_key_pem(&self) -> String {
        self.0.public_key_pem()
    }

    /// An assertion about the member, good for two minutes from `now`.
    pub(crate) fn assert(&self, member: &str, now: Timestamp) -> String {
        let now = now.as_second();
        let claims = json!({"iss": ISSUER, "aud": AUDIENCE, "sub": member, "iat": now, "exp": now + 120});
        let key = EncodingKey::from_ed_pem(self.0.serialize_pem().as_bytes()).unwrap();
        encode(&Header::new(Algorithm::EdDSA), &claims, &key).unwrap()
    }
}

pub(crate) const ISSUER: &str = "portal";
pub(crate) const AUDIENCE: &str = "vault";
