//! Checkpoints, on the way out.

use fubako_proto::v1;

use crate::ledger::checkpoint::SignedCheckpoint;
use crate::vault::Vault;
use crate::vault::error::Error;

/// The checkpoint as it travels, with the keys that verify it and others.
pub(in crate::rpc) fn of(signed: &SignedCheckpoint, vault: &Vault) -> Result<v1::Checkpoint, Error> {
    let key = vault.note_key(signed)?;
    let others = vault.note_keys(signed);
    Ok(v1::Checkpoint {
        note: signed.note().to_owned(),
        verifier_key: key.to_string(),
        other_verifier_keys: others.iter().filter(|other| **other != key).map(ToString::to_string).collect(),
        size: signed.checkpoint().size,
        root: signed.checkpoint().root.to_vec(),
    })
}
