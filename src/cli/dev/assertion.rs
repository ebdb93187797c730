//! Member assertions as an issuer signs them, with Ed25519.

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::Serialize;

use crate::cli::error::Error;

/// What an assertion says (RFC 7519, 4.1).
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    iat: i64,
    exp: i64,
}

/// An assertion that this member asks, good for as long as a vault believes one.
pub(in crate::cli) fn sign(
    key_pem: &[u8],
    issuer: &str,
    audience: &str,
    member: &str,
    now: Timestamp,
) -> Result<String, Error> {
    let iat = now.as_second();
    let claims = Claims { iss: issuer, aud: audience, sub: member, iat, exp: iat + LIFETIME.as_secs() };
    Ok(encode(&Header::new(Algorithm::EdDSA), &claims, &EncodingKey::from_ed_pem(key_pem)?)?)
}

const LIFETIME: SignedDuration = SignedDuration::from_mins(5);
