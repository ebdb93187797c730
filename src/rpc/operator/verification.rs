//! The answer to a check of everything: how far it is, and last what it found.

use std::sync::Arc;

use fubako_proto::v1;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use crate::ledger::accounted::Accounted;
use crate::record::permit::Check;
use crate::rpc::convert::verdict;
use crate::rpc::error::Error;
use crate::rpc::ledger::streams::Answers;
use crate::vault::Vault;
use crate::vault::audit::Before;

/// Begins to check everything, on a thread of its own.
pub(super) fn begin(
    vault: &Arc<Vault>,
    (permit, before): (Accounted<Check>, Before),
    seat: OwnedSemaphorePermit,
) -> Answers<v1::VerifyVaultResponse> {
    let (answers, told) = mpsc::channel(AHEAD);
    let vault = Arc::clone(vault);
    spawn_blocking(move || {
        let checked = vault.check((&permit, before), &mut |stage, checked, total| {
            let stage = verdict::stage(stage).into();
            // Whoever asked may read slowly or have gone, and the check is worth finishing all the same.
            let _ = answers.try_send(Ok(v1::VerifyVaultResponse { stage, checked, total, verdict: None }));
        });
        let last = checked.map(|found| verdict::of_vault(&found)).map_err(|error| Status::from(Error::from(error)));
        let _ = answers.blocking_send(last);
        drop(seat);
    });
    ReceiverStream::new(told)
}

/// Messages made ready before they are taken.
const AHEAD: usize = 4;
