//! Advice: what to do about each failure of this side; `hint` has it for what a vault refuses.

use std::io;

use fubako_keys::{KeyringError, Pkcs11Error, RootError, RootFileError, ShareError, TransitError};
use fubako_proto::client::ConnectError;

use crate::cli::error::Error;
use crate::cli::hint::hint;
use crate::commit::start;
use crate::config;
use crate::store::folder::FolderError;
use crate::store::sled::OpenError;
use crate::vault::backup::reading;
use crate::vault::create::{self, NoVault};
use crate::vault::root as rotation;
use crate::vault::{error, open, policies, restore};

/// What to do about a failure; none where its own words say it, or there is nothing to do.
pub(super) fn advice(error: &Error) -> Option<&'static str> {
    let advice = match error {
        Error::CutOff(_) => READ_FIRST,
        Error::Connect(ConnectError::CertificateRefused { .. }) => REFUSED,
        Error::Call(error) if error.certificate_was_refused() => REFUSED,
        Error::Call(error) if !error.was_never_sent() => return hint(error.reason()),
        Error::Call(_) | Error::Connect(ConnectError::Unreachable { .. }) => {
            "see that the server runs (`fubako serve`), and that --server and --ca are its own"
        }
        Error::Connect(_) => "check --server, --ca, --cert and --key",
        Error::Config(config::Error::Unreadable { .. }) => "`fubako init` makes one; --config says where it is",
        Error::Config(config::Error::Mistakes { .. }) | Error::Inspection { .. } => CORRECT,
        Error::Policy { .. } => "correct them, then run `fubako policy check`",
        Error::Exists(_) => "choose another place, or move it away first",
        Error::Tls { .. } | Error::IssuerKey { .. } => "correct the file, then run `fubako config check`",
        Error::OpenToOthers { .. } => "take the others' access away with chmod",
        Error::Listen { source, .. } => return listen(source),
        Error::Clock(_) => "set the clock, then start again; nothing was changed",
        Error::NoVault(error) => return Some(no_vault(error)),
        Error::Create(create::Error::NotEmpty(_)) => "choose another place",
        Error::Open(error) => return open(error),
        Error::RotateRoot(error) => return rotated(error),
        Error::DestroyRoot(error) => return not_destroyed(error),
        Error::RootFile(error) => return root_file(error),
        Error::Root(error) => return root(error),
        Error::Keyring(error) => return keyring(error),
        Error::Differs(_) => "the rows marked above tell what was expected; this is a defect worth reporting",
        Error::Broken(_) | Error::NotConsistent { .. } => {
            "stop the server and keep the folder as it is: compare it with a backup, or with an exported checkpoint"
        }
        Error::BackupCutOff => "try again; `fubako backup list` shows what is on record",
        Error::Backup(_) => "take another backup; this one, or the keyring, is not what it was",
        Error::Restore(error) => return Some(restoring(error)),
        Error::VaultBroken(_) => {
            "keep the folder as it is, and restore the vault from a backup; what is named is released to nobody meanwhile"
        }
        Error::Checkpoint(_) => OTHER_SIGNER,
        Error::Proof(_) => "ask for the proof again, and check it with the key of the ledger it is from",
        Error::OtherMember => "compare with the entry `fubako ledger list` shows at that index",
        Error::Assertion(_)
        | Error::Read { .. }
        | Error::Write { .. }
        | Error::Argument { .. }
        | Error::Create(_)
        | Error::Passphrase(_)
        | Error::Share(_)
        | Error::Certificate(_)
        | Error::Signing(_)
        | Error::Telemetry(_)
        | Error::Random(_)
        | Error::Serve(_)
        | Error::Output(_)
        | Error::Runtime(_)
        | Error::LedgerBroken
        | Error::NoVerdict
        | Error::PassOn { .. }
        | Error::Audit(_) => return None,
    };
    Some(advice)
}

fn rotated(error: &rotation::Error) -> Option<&'static str> {
    match error {
        rotation::Error::NotReplaced(error) => open(error),
        rotation::Error::NotWritten(_) => {
            Some("see that the disk is sound; keep both root keys, and try the new one after the old one")
        }
        rotation::Error::NotNoted { .. } => Some("put what is shown above under `[root]`, then start the server"),
    }
}

fn not_destroyed(error: &rotation::NotDestroyed) -> Option<&'static str> {
    match error {
        rotation::NotDestroyed::Unknown(_) => Some("name a root key of before, as `fubako keys root rotate` told it"),
        rotation::NotDestroyed::InForce(_) => {
            Some("replace it with `fubako keys root rotate` under another key of the keeper, then try again")
        }
        rotation::NotDestroyed::Keeper(error) => root(error),
        rotation::NotDestroyed::NotNoted(error) => open(error),
        rotation::NotDestroyed::Vault(_) => None,
    }
}

fn restoring(error: &restore::Error) -> &'static str {
    match error {
        restore::Error::NotEmpty(_) => {
            "name an empty folder under `[vault] folder`; a restore never writes over anything"
        }
        restore::Error::OldKeyring { .. } | restore::Error::Backup(reading::Error::OldKeyring { .. }) => {
            "give the newest copy of the keyring with --keyring"
        }
        restore::Error::ShippedBehind { .. } => {
            "find the newest copy of the shipped erasures; without one, --accept-resurrection lets erased members come back"
        }
        restore::Error::ScopedErasures { .. } => {
            "remove the folder; make a backup after the last erasure, and restore that"
        }
        restore::Error::Backup(_) | restore::Error::Catalogue | restore::Error::OldLedger(_) => {
            "restore another backup; remove the folder first if something was written there"
        }
        restore::Error::Io { .. }
        | restore::Error::Keyring(_)
        | restore::Error::Shipped(_)
        | restore::Error::Row(_)
        | restore::Error::Folder(_)
        | restore::Error::Open(_)
        | restore::Error::Store(_)
        | restore::Error::Journal(_)
        | restore::Error::Clock(_)
        | restore::Error::Random(_) => "mend what is named above, remove the folder, and restore again",
    }
}

fn listen(source: &io::Error) -> Option<&'static str> {
    let advice = [
        (io::ErrorKind::AddrInUse, "stop what listens there, or give another address under `[server] listen`"),
        (io::ErrorKind::AddrNotAvailable, "give an address of this machine under `[server] listen`"),
        (io::ErrorKind::PermissionDenied, "give a port from 1024 up under `[server] listen`"),
    ];
    advice.into_iter().find(|(kind, _)| *kind == source.kind()).map(|(_, advice)| advice)
}

const fn no_vault(error: &NoVault) -> &'static str {
    match error {
        NoVault::Missing(_) | NoVault::Foreign(_) => "check `[vault] folder`; `fubako init` makes a new vault",
        NoVault::MarkerLost { .. } => {
            "put the marker back from a backup, or write it again; leave the folder as it is, it may hold members' data"
        }
        NoVault::Marker { .. } => "put the marker back from a backup, and see who may read it",
    }
}

fn open(error: &open::Error) -> Option<&'static str> {
    let advice = match error {
        open::Error::NoVault { .. } => "check `[vault] folder`",
        open::Error::Keyring(error) => return keyring(error),
        open::Error::OldKeyring { .. } => "put the newest copy of the file `keyring` back",
        open::Error::Policy(error) => return Some(policy(error)),
        open::Error::Folder(FolderError::Io { .. }) => {
            "see that it is there and belongs to the user the server runs as"
        }
        open::Error::Store(OpenError::Filter(_)) => "let the process install a seccomp filter; see docs/operations.md",
        open::Error::Store(OpenError::Engine(error)) if error.is_no_space() => {
            "make room on its disk, then start again; nothing is damaged by that"
        }
        open::Error::Start(start::Error::Thread(_)) => "raise the limit of threads for this process",
        open::Error::ForeignStore { .. } | open::Error::Store(_) | open::Error::Start(_) => ONE_BACKUP,
        open::Error::Clock(_) => "set the clock, then start again",
        open::Error::Vault(error::Error::LedgerUnavailable) => {
            "make room on its disk: below `[vault] disk_reserve` not even a start can be written down"
        }
        open::Error::Vault(_) => "look at the disk and at what the log says above",
        open::Error::Folder(FolderError::AlreadyOpen { .. }) | open::Error::Keys(_) => return None,
    };
    Some(advice)
}

const fn policy(error: &policies::Error) -> &'static str {
    match error {
        policies::Error::Io { .. } | policies::Error::Altered { .. } | policies::Error::Lost { .. } => {
            "put every `v<version>.toml` back, and see that the folder is the server's user's"
        }
        policies::Error::Mistakes { .. } => "correct them, then run `fubako policy check`",
        policies::Error::Changed { .. } => {
            "give the changed policy a higher version, or put its words back: the data folder keeps them under `policies`"
        }
        policies::Error::Older { .. } => "name the newest version under `[vault] policy`",
        policies::Error::OtherPolicy { .. } => "check `[vault] policy` and `[vault] folder`",
    }
}

const fn keyring(error: &KeyringError) -> Option<&'static str> {
    match error {
        KeyringError::WrongRoot(_) => Some(OWN_ROOT),
        KeyringError::Missing(_)
        | KeyringError::NotAKeyring
        | KeyringError::Truncated { .. }
        | KeyringError::TooLong
        | KeyringError::Malformed
        | KeyringError::Origin
        | KeyringError::Changed => Some("put the newest copy of the file `keyring` back"),
        KeyringError::UnknownFormat(_) | KeyringError::UnknownRoot(_) => {
            Some("use the version of this program that wrote it, or a newer one")
        }
        KeyringError::OtherVault { .. } => Some("put back the keyring and the marker that belong together"),
        KeyringError::Read { .. } | KeyringError::Write { .. } => {
            Some("see that it belongs to the user the server runs as, and that the disk has room")
        }
        KeyringError::Cost(_) | KeyringError::Full | KeyringError::Seal(_) => None,
    }
}

const fn root(error: &RootError) -> Option<&'static str> {
    let advice = match error {
        RootError::OtherKind { .. } => {
            "put this vault's kind of root key under `[root]` of the configuration, as `fubako init` or the last rotation \
             printed it; `fubako keys root rotate` changes the kind, with the one there is under `[root]`"
        }
        RootError::Wrong(_) => OWN_ROOT,
        RootError::File(error) => return root_file(error),
        RootError::Pkcs11(error) => return pkcs11(error),
        RootError::Transit(error) => return transit(error),
        RootError::Shares(error) => return shares(error),
        RootError::Passphrase(_) | RootError::Random(_) => return None,
    };
    Some(advice)
}

const fn pkcs11(error: &Pkcs11Error) -> Option<&'static str> {
    let advice = match error {
        Pkcs11Error::Module { .. } => {
            "see that `pkcs11_module` is the HSM's library and that its own set-up is complete"
        }
        Pkcs11Error::NoToken(_) => "see that the HSM is connected, and that `pkcs11_token` is the token's label",
        Pkcs11Error::NoKey(_) | Pkcs11Error::NotUnwrapped(_) => {
            "have the HSM's backup of that key put back, or another token with it connected"
        }
        Pkcs11Error::OtherKey { .. } => {
            "correct `pkcs11_token` and `pkcs11_key`; if they are right, the keyring is another"
        }
        Pkcs11Error::NotKept(_) => "choose another label: the vault makes a key as it must be",
        Pkcs11Error::Token { .. } | Pkcs11Error::Length | Pkcs11Error::NotDestroyed(_) => {
            "see what the HSM's own log says"
        }
        Pkcs11Error::Pin(_) => "correct the PIN; do not try often",
        Pkcs11Error::Label | Pkcs11Error::ManyTokens(_) | Pkcs11Error::ManyKeys(_) | Pkcs11Error::Locked(_) => {
            return None;
        }
    };
    Some(advice)
}

const fn transit(error: &TransitError) -> Option<&'static str> {
    let advice = match error {
        TransitError::Unreachable { .. } => {
            "see that the server runs, and that `transit_address` and `transit_ca` are its own; then start again"
        }
        TransitError::Forbidden { .. } => "see that the token has not expired and that its policy allows that path",
        TransitError::NotFound { .. } => {
            "check `transit_mount` and `transit_key`; a transit key deleted is a vault lost"
        }
        TransitError::OtherKey { .. } => {
            "correct `transit_mount` and `transit_key`; if they are right, the keyring is another"
        }
        TransitError::Refused { .. } | TransitError::Answer | TransitError::NotDestroyed(_) => {
            "see what the server's own log says"
        }
        TransitError::Authority | TransitError::NoAuthority => "name the server's authority with `transit_ca`",
        TransitError::Name | TransitError::Address(_) | TransitError::Sealed | TransitError::MayHaveLeft(_) => {
            return None;
        }
    };
    Some(advice)
}

const fn shares(error: &ShareError) -> Option<&'static str> {
    let advice = match error {
        ShareError::NotAShare | ShareError::Length { .. } | ShareError::Mistyped => {
            "type or copy it again as it was handed out"
        }
        ShareError::OtherSet { .. } => "bring a share of this vault's present set",
        ShareError::Repeated { .. } | ShareError::TooFew { .. } => "have another holder bring theirs",
        ShareError::Forged => "find out whose share was not the one dealt, then begin again with the others'",
        ShareError::Plan { .. } => return None,
    };
    Some(advice)
}

const fn root_file(error: &RootFileError) -> Option<&'static str> {
    match error {
        RootFileError::Missing(_) => Some("mount its disk, or correct where the configuration says it is"),
        RootFileError::Malformed => Some("put one of your copies of the root key in its place"),
        RootFileError::Read { .. } => Some("see that it belongs to the user the server runs as"),
        RootFileError::Exists(_) => Some("choose another place for it with --root-file"),
        RootFileError::Readable { .. } | RootFileError::Write { .. } | RootFileError::Random(_) => None,
    }
}

const READ_FIRST: &str =
    "see that the server still runs, and look in its log; a change may have been made, so read first";
const OWN_ROOT: &str = "use this vault's own root key; what made it, `fubako init` or a rotation, told its name";
const ONE_BACKUP: &str =
    "see that the disk is sound; take a copy of the data folder as it is, then restore all of it from one backup";
const REFUSED: &str = "see that --cert has not expired and comes from an authority of the server's `client_ca`; \
                       the server's log tells why";

/// What to do about a checkpoint that the key given does not verify.
const CORRECT: &str = "correct them, then run `fubako config check`";
const OTHER_SIGNER: &str = "give the key it is signed by, as `fubako ledger checkpoint --key-only` printed it at the time; after \
                            a rotation of the signing key, or a restore, checkpoints are signed by another";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_marker_is_never_advised_to_be_mended_by_a_new_vault() {
        let lost = no_vault(&NoVault::MarkerLost { folder: "data".into(), written: None });
        assert!(lost.contains("leave the folder as it is") && !lost.contains("init"), "{lost}");
        assert!(no_vault(&NoVault::Foreign("data".into())).contains("init"));
    }
}
