//! Checkpoints, on the way out.

use fubako_proto::v1;

use crate::ledger::checkpoint::SignedCheckpoint;
use crate::vault::Vault;
use crate::vault::error::Error;

/// The checkpoint as it travels, with the key that verifies it.
pub(in crate::rpc) fn of(signed: &SignedCheckpoint, vault: &Vault) -> Result<v1::Checkpoint, Error> {
    Ok(v1::Checkpoint {
        note: signed.note().to_owned(),
        verifier_key: vault.note_key(signed)?.to_string(),
        size: signed.checkpoint().size,
        root: signed.checkpoint().root.to_vec(),
    })
}
