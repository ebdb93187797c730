//! `fubako ledger verify --since`: does the ledger still begin with what an earlier checkpoint covers?

use std::path::Path;

use fubako_proto::client::Client;
use fubako_proto::v1::{GetCheckpointRequest, GetConsistencyProofRequest};

use crate::cli::error::Error;
use crate::cli::files;
use crate::ledger::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::ledger::merkle::is_consistent;
use crate::ledger::note::NoteKeys;

/// Compares a checkpoint that was kept with the ledger as it is now, both signed by one of those keys; how many entries it covers.
pub(super) async fn compare(client: &Client, file: &Path, keys: &NoteKeys) -> Result<u64, Error> {
    let kept = opened(&files::read_text(file)?, keys)?;
    let now = client.get_checkpoint(GetCheckpointRequest {}).await?.checkpoint.unwrap_or_default();
    let now = opened(&now.note, keys)?;
    let differs = Error::NotConsistent { kept: kept.size, now: now.size };
    if now.size < kept.size {
        return Err(differs);
    }
    let request = GetConsistencyProofRequest { old_size: kept.size, new_size: now.size };
    let proof = client.get_consistency_proof(request).await?.hashes;
    let path: Option<Vec<_>> = proof.into_iter().map(|hash| hash.try_into().ok()).collect();
    let is_proved = |path: &Vec<_>| is_consistent((kept.size, &kept.root), (now.size, &now.root), path);
    if path.is_some_and(|path| is_proved(&path)) { Ok(kept.size) } else { Err(differs) }
}

fn opened(note: &str, keys: &NoteKeys) -> Result<Checkpoint, Error> {
    let signed = SignedCheckpoint::open(note, keys).map_err(|error| Error::Checkpoint(Box::new(error)))?;
    Ok(signed.checkpoint().clone())
}
