//! Problems: everything that can be wrong with a configuration, in words that say what would be right.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::config::settings::Algorithm;
use crate::model::basis::BasisKind;
use crate::model::caller::{Role, VAULT_ITSELF};
use crate::model::recipient::RecipientClass;
use crate::policy::finding::Finding;

/// What is wrong.
#[derive(PartialEq, Eq, Debug, Error)]
pub(super) enum Problem {
    /// Not TOML, or not of the shape a configuration has.
    #[error("{0}")]
    Shape(String),
    #[error("there is no `{name}` in a configuration; there are {}", known.join(", "))]
    SectionUnknown { name: String, known: Vec<String> },
    #[error("there is no `[{0}]`; it is needed")]
    SectionMissing(&'static str),
    #[error("`{section}` has no key `{name}`; it may have {}", known.join(", "))]
    KeyUnknown { name: String, section: String, known: Vec<String> },
    #[error("`{section}` needs `{name}`")]
    KeyMissing { name: &'static str, section: String },
    /// What is wrong with what a variable of the environment says.
    #[error("{variable} in the environment: {problem}")]
    Variable { variable: &'static str, problem: Box<Problem> },
    #[error("`{0}` is not a size; write a number with its unit, such as `512 MiB`")]
    Size(String),
    #[error("`{key}` cannot be {stated}: at least {least}, {why}")]
    TooSmall { key: &'static str, stated: String, least: String, why: &'static str },
    #[error("`{key}` cannot be {stated}: at most {most}, {why}")]
    TooLarge { key: &'static str, stated: String, most: String, why: &'static str },
    #[error(
        "there is no key `{0}` that is rotated; there are `identity`, `contact`, `card`, `bank`, `credential`, `manifest`, \
         `index`, `pseudonym` and `signing`"
    )]
    NotRotated(String),
    #[error("`{0}` is not an address to listen on; write one such as `127.0.0.1:7443`")]
    Listen(String),
    #[error(
        "no root key: give `[root]` one of `file`, `passphrase_file`, `prompt = true`, `shares = true`, `pkcs11_module` and \
         `transit_address`"
    )]
    NoRoot,
    #[error(
        "more than one root key: keep one of `file`, `passphrase_file`, `prompt`, `shares`, the keys of `pkcs11_module` and \
         those of `transit_address`"
    )]
    ManyRoots,
    #[error("`{stated}` alone leads to no root key: `[root]` also needs `{missing}`")]
    HalfRoot { stated: &'static str, missing: String },
    #[error("both are set; unset the one that does not name this vault's root key")]
    BothRoots,
    #[error("cannot read `{}`: {}", path.display(), reason(*kind))]
    Unreadable { path: PathBuf, kind: io::ErrorKind },
    #[error("the policy `{}` has a mistake on {finding}", file.display())]
    Policy { file: PathBuf, finding: Box<Finding> },
    #[error("`{0}` is not a name: 1 to 64 characters of a-z, 0-9, `-`, `_` and `.`, the first a letter or digit")]
    Name(String),
    #[error("`{0}` is no identity a certificate can prove: write `spiffe://domain/path` or a DNS name in lower case")]
    Identity(String),
    #[error("caller `{name}` is there already, on line {line}")]
    NameTaken { name: String, line: usize },
    #[error("no caller may be called `{VAULT_ITSELF}`: entries of that name tell of what the vault does by itself")]
    NameReserved,
    #[error("`{identity}` is already the identity of caller `{caller}`; each caller needs its own")]
    IdentityTaken { identity: String, caller: String },
    #[error("there is no role `{0}`; there are {known}", known = listed(Role::ALL.map(Role::name)))]
    Role(String),
    #[error("the policy has no purpose `{0}`")]
    Purpose(String),
    #[error("`{0}` names no recipients: write `class:` and a class, or `party:` and a party's id")]
    Recipient(String),
    #[error("there is no recipient class `{0}`; there are {known}", known = listed(RecipientClass::ALL.map(RecipientClass::name)))]
    Class(String),
    #[error("there is no kind of basis `{0}`; there are {known}", known = listed(BasisKind::ALL.map(BasisKind::name)))]
    Kind(String),
    #[error(
        "caller `{caller}` may record a {kind} and also use one: for purpose `{purpose}` it may ask for recipients of \
         class `{class}`, which rests on a {kind}; nobody makes the ground of its own releases, so take one of them away"
    )]
    MakesOwnGround { caller: String, kind: BasisKind, purpose: String, class: RecipientClass },
    #[error("issuer `{name}` is there already, on line {line}")]
    IssuerTaken { name: String, line: usize },
    #[error("an issuer's `{0}` must not be empty")]
    IssuerEmpty(&'static str),
    #[error("there is no algorithm `{0}`; there are {known}", known = listed(Algorithm::ALL.map(Algorithm::name)))]
    Algorithm(String),
}

fn listed<const N: usize>(names: [&str; N]) -> String {
    names.map(|name| format!("`{name}`")).join(", ")
}

/// The kind of an error, in plain words.
fn reason(kind: io::ErrorKind) -> String {
    if kind == io::ErrorKind::NotFound { "there is no such file".to_owned() } else { kind.to_string() }
}
