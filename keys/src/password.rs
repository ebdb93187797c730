//! Members' passwords: kept as Argon2id verifiers, checked, never shown.

use std::fmt;

use argon2::{
    ARGON2ID_IDENT, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use ring::rand::SecureRandom;
use zeroize::Zeroizing;

use crate::argon::{ArgonCost, ArgonError};
use crate::secret::{RandomFailed, equal, fill_random};

/// What is stored of a password: enough to check one, too little to read it.
///
/// Argon2id, version 1.3, in the PHC string format, with a salt of 16 bytes and an output of 32. It allows guessing,
/// so it is itself to be hidden: wiped when dropped, silent in `Debug`, stored sealed.
pub struct PasswordVerifier {
    cost: ArgonCost,
    salt: [u8; SALT_LEN],
    output: Zeroizing<[u8; OUTPUT_LEN]>,
    phc: Zeroizing<String>,
}

/// Whether a password is the one that a verifier was made of.
#[must_use = "an unread answer lets anybody in"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordCheck {
    /// It is.
    Matches,
    /// It is another.
    Differs,
}

impl PasswordVerifier {
    /// A verifier of `password` with a fresh salt; [`ArgonCost::PASSWORD`] is the cost to choose.
    pub fn make(password: &[u8], cost: ArgonCost, rng: &dyn SecureRandom) -> Result<Self, PasswordError> {
        let mut salt = [0; SALT_LEN];
        fill_random(rng, &mut salt)?;
        let output = derive(password, cost, &salt)?;
        let phc = written(cost, &salt, &output).ok_or(PasswordError::Malformed)?;
        Ok(Self { cost, salt, output, phc })
    }

    /// Reads a verifier in the PHC string format, exactly as [`PasswordVerifier::phc`] writes it.
    ///
    /// Refuses another algorithm, version or length, missing or further parameters, and a cost out of bounds.
    pub fn parse(phc: &str) -> Result<Self, PasswordError> {
        let hash = PasswordHash::new(phc).map_err(|_| PasswordError::Malformed)?;
        let params = Params::try_from(&hash.params).map_err(|_| PasswordError::Malformed)?;
        let cost = ArgonCost::new(params.m_cost(), params.t_cost(), params.p_cost())?;
        let salt = sized(hash.salt.as_deref())?;
        let output = Zeroizing::new(sized(hash.hash.as_ref().map(Output::as_bytes))?);
        let phc = written(cost, &salt, &output)
            .filter(|written| equal(written.as_bytes(), phc.as_bytes()))
            .ok_or(PasswordError::Malformed)?;
        Ok(Self { cost, salt, output, phc })
    }

    /// Checks a password; takes as long for a wrong one as for the right one.
    pub fn check(&self, password: &[u8]) -> Result<PasswordCheck, PasswordError> {
        let output = derive(password, self.cost, &self.salt)?;
        if equal(output.as_slice(), self.output.as_slice()) {
            Ok(PasswordCheck::Matches)
        } else {
            Ok(PasswordCheck::Differs)
        }
    }

    /// The verifier in the PHC string format, to be sealed.
    #[must_use]
    pub fn phc(&self) -> &str {
        &self.phc
    }
}

impl fmt::Debug for PasswordVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordVerifier")
    }
}

/// Why a password was neither stored nor checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// The text is not a verifier as this vault writes them.
    #[error("the text is no argon2id password verifier of this vault")]
    Malformed,
    /// Argon2 was not computed.
    #[error(transparent)]
    Argon(#[from] ArgonError),
    /// No salt could be drawn.
    #[error(transparent)]
    Random(#[from] RandomFailed),
}

fn derive(password: &[u8], cost: ArgonCost, salt: &[u8; SALT_LEN]) -> Result<Zeroizing<[u8; OUTPUT_LEN]>, ArgonError> {
    let mut output = Zeroizing::new([0; OUTPUT_LEN]);
    cost.derive(password, salt, output.as_mut_slice())?;
    Ok(output)
}

/// `$argon2id$v=19$m=..,t=..,p=..$salt$output`.
fn written(cost: ArgonCost, salt: &[u8], output: &[u8; OUTPUT_LEN]) -> Option<Zeroizing<String>> {
    let params = Params::new(cost.memory_kib(), cost.passes(), cost.lanes(), None).ok()?;
    let hash = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).ok()?,
        salt: Some(Salt::new(salt).ok()?),
        hash: Some(Output::new(output).ok()?),
    };
    Some(Zeroizing::new(hash.to_string()))
}

fn sized<const N: usize>(bytes: Option<&[u8]>) -> Result<[u8; N], PasswordError> {
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or(PasswordError::Malformed)
}

const SALT_LEN: usize = 16;
const OUTPUT_LEN: usize = 32;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use ring::rand::SystemRandom;

    use super::*;

    fn verifier(password: &[u8]) -> PasswordVerifier {
        let cost = ArgonCost::new(64, 1, 1).unwrap();
        PasswordVerifier::make(password, cost, &SystemRandom::new()).unwrap()
    }

    #[test]
    fn only_the_right_password_matches() {
        let verifier = verifier(b"correct horse");
        assert_eq!(verifier.check(b"correct horse"), Ok(PasswordCheck::Matches));
        for wrong in [&b""[..], b"correct hors", b"correct horse ", b"Correct horse"] {
            assert_eq!(verifier.check(wrong), Ok(PasswordCheck::Differs));
        }
    }

    #[test]
    fn a_verifier_is_read_as_written() {
        let verifier = verifier(b"correct horse");
        assert!(verifier.phc().starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        let read = PasswordVerifier::parse(verifier.phc()).unwrap();
        assert_eq!(read.phc(), verifier.phc());
        assert_eq!(read.check(b"correct horse"), Ok(PasswordCheck::Matches));
        assert_eq!(read.check(b"correct house"), Ok(PasswordCheck::Differs));
    }

    #[test]
    fn the_same_password_never_has_the_same_verifier() {
        assert_ne!(verifier(b"password").phc(), verifier(b"password").phc());
    }

    #[test]
    fn a_verifier_in_any_other_form_is_refused() {
        let phc = verifier(b"password").phc().to_owned();
        let (salt, output) = ("$AAAAAAAAAAAAAAAAAAAAAA", format!("${}", "A".repeat(43)));
        for text in [
            String::new(),
            "password".to_owned(),
            phc.replacen("argon2id", "argon2i", 1),
            phc.replacen("argon2id", "argon2d", 1),
            phc.replacen("argon2id", "scrypt", 1),
            phc.replacen("v=19", "v=16", 1),
            phc.replacen("$v=19", "", 1),
            phc.replacen("m=64,t=1,p=1", "t=1,m=64,p=1", 1),
            phc.replacen("m=64,t=1,p=1", "m=64,t=1", 1),
            phc.replacen("m=64,t=1,p=1", "m=64,t=1,p=1,keyid=AAAA", 1),
            phc.replacen("m=64,", "m=064,", 1),
            format!("{phc}$"),
            format!("{phc} "),
            phc.split_at(phc.len() - 1).0.to_owned(),
            format!("$argon2id$v=19$m=64,t=1,p=1{salt}"),
            format!("$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAA{output}"),
            format!("$argon2id$v=19$m=64,t=1,p=1{salt}$AAAAAAAAAAAAAAAAAAAAAA"),
        ] {
            let refused = PasswordVerifier::parse(&text);
            assert_eq!(refused.unwrap_err(), PasswordError::Malformed, "{text}");
        }
    }

    #[test]
    fn a_verifier_that_asks_for_too_much_work_is_refused() {
        let phc = verifier(b"password").phc().to_owned();
        for cost in ["m=104857600,t=1,p=1", "m=64,t=4294967295,p=1", "m=1024,t=1,p=64"] {
            let refused = PasswordVerifier::parse(&phc.replacen("m=64,t=1,p=1", cost, 1));
            assert!(matches!(refused, Err(PasswordError::Argon(ArgonError::OutOfBounds { .. }))));
        }
    }

    #[test]
    fn debug_prints_the_name_and_no_character() {
        assert_eq!(format!("{:?}", verifier(b"password")), "PasswordVerifier");
    }
}
