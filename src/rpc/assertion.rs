//! Member assertions: a short-lived JWT by which a configured issuer says which member is asking.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;
use thiserror::Error;

use crate::model::ids::MemberId;

/// How an issuer signs. There is no third way: `none` and the ones with a shared secret are not even read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signature {
    /// Ed25519 (RFC 8037).
    EdDsa,
    /// ECDSA on P-256 with SHA-256 (RFC 7518).
    Es256,
}

/// Someone whose word about a member is taken.
pub struct Issuer {
    name: String,
    signature: Signature,
    key: DecodingKey,
    audience: String,
}

/// The issuers of the configuration.
#[derive(Debug)]
pub struct Issuers {
    issuers: Vec<Issuer>,
    longest: SignedDuration,
}

/// The public key is not one of its kind.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the public key of issuer `{issuer}` cannot be read as PEM of its kind")]
pub struct InvalidKey {
    /// The issuer.
    pub issuer: String,
}

/// Why an assertion is not believed. Callers are told only that it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Error {
    /// There are several, or it is longer than any would be.
    #[error("the assertion is not one short token")]
    NotOneToken,
    /// No configured issuer signed it, with its own algorithm and name, or its claims are not those it needs.
    #[error("the assertion is not signed by a configured issuer")]
    NotFromAnIssuer,
    /// It is meant for someone else.
    #[error("the assertion is for another audience")]
    OtherAudience,
    /// It begins in the future.
    #[error("the assertion is not valid yet")]
    NotYet,
    /// It is over.
    #[error("the assertion has expired")]
    Expired,
    /// It would be valid for longer than assertions may be.
    #[error("the assertion is valid for too long")]
    TooLong,
    /// Its subject is no member's id.
    #[error("the subject of the assertion is no member id")]
    NoMember,
}

impl Issuer {
    /// An issuer by its name (`iss`), the one algorithm it signs with, its public key in PEM, and the audience (`aud`)
    /// that its assertions name.
    pub fn new(name: String, signature: Signature, public_key_pem: &str, audience: String) -> Result<Self, InvalidKey> {
        let pem = public_key_pem.as_bytes();
        let key = match signature {
            Signature::EdDsa => DecodingKey::from_ed_pem(pem),
            Signature::Es256 => DecodingKey::from_ec_pem(pem),
        };
        match key {
            Ok(key) => Ok(Self { name, signature, key, audience }),
            Err(_) => Err(InvalidKey { issuer: name }),
        }
    }

    /// The claims of a token that this issuer signed in its own name.
    fn read(&self, token: &str) -> Option<Claims> {
        let algorithm = match self.signature {
            Signature::EdDsa => Algorithm::EdDSA,
            Signature::Es256 => Algorithm::ES256,
        };
        let mut validation = Validation::new(algorithm);
        // Times and audience are checked here, by the vault's clock and without a grace of a minute.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let claims = decode::<Claims>(token, &self.key, &validation).ok()?.claims;
        (claims.iss == self.name).then_some(claims)
    }
}

impl Issuers {
    /// Takes the issuers; what they sign may be valid for five minutes.
    #[must_use]
    pub const fn new(issuers: Vec<Issuer>) -> Self {
        Self { issuers, longest: LONGEST }
    }

    /// With another limit for how long an assertion may be valid.
    #[must_use]
    pub fn with_longest(self, longest: SignedDuration) -> Self {
        Self { longest, ..self }
    }

    /// The member a token is about, if it is to be believed now.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<MemberId, Error> {
        if token.len() > MOST_BYTES {
            return Err(Error::NotOneToken);
        }
        let signed = self.issuers.iter().find_map(|issuer| Some((issuer, issuer.read(token)?)));
        let (issuer, claims) = signed.ok_or(Error::NotFromAnIssuer)?;
        if !claims.aud.names(&issuer.audience) {
            return Err(Error::OtherAudience);
        }
        let now = now.as_second();
        let begins = claims.nbf.map_or(claims.iat, |not_before| not_before.max(claims.iat));
        if begins > now.saturating_add(LEEWAY) {
            return Err(Error::NotYet);
        }
        if now >= claims.exp.saturating_add(LEEWAY) {
            return Err(Error::Expired);
        }
        let lifetime = claims.exp.checked_sub(claims.iat).ok_or(Error::TooLong)?;
        if lifetime > self.longest.as_secs() {
            return Err(Error::TooLong);
        }
        MemberId::parse(&claims.sub).map_err(|_| Error::NoMember)
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer").field("name", &self.name).field("signature", &self.signature).finish_non_exhaustive()
    }
}

/// What an assertion has to say (RFC 7519, 4.1); what else it says does not matter.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    sub: String,
    iat: i64,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
}

/// One audience or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn names(&self, wanted: &str) -> bool {
        match self {
            Self::One(one) => one == wanted,
            Self::Several(several) => several.iter().any(|one| one == wanted),
        }
    }
}

const LONGEST: SignedDuration = SignedDuration::from_mins(5);
/// By how many seconds the issuer's clock may differ.
const LEEWAY: i64 = 10;
const MOST_BYTES: usize = 4096;

#[cfg(test)]
mod tests;
