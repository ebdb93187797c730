//! `BackupService`: copies of the vault and of its keyring, given out sealed.

use std::ops::ControlFlow;
use std::sync::Arc;

use fubako_proto::v1;
use fubako_proto::v1::backup_service_server::BackupService;
use tokio::sync::mpsc::{self, Sender};
use tokio::task::spawn_blocking;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, async_trait};

use crate::model::ids::CopyId;
use crate::rpc::convert::{argument, receipt, time};
use crate::rpc::error::Error;
use crate::rpc::gate::Gate;
use crate::rpc::ledger::streams::Answers;
use crate::vault::backup::copies::{CopyOf, CopyState, RegisteredCopy};
use crate::vault::backup::shipped::Shipped;
use crate::vault::backup::{Backup, End};
use crate::vault::mutation::Method;

/// Answers from the vault behind the gate.
pub(super) struct Backups(pub(super) Arc<Gate>);

#[async_trait]
impl BackupService for Backups {
    type ExportBackupStream = Answers<v1::ExportBackupResponse>;

    async fn export_backup(
        &self,
        request: Request<v1::ExportBackupRequest>,
    ) -> Result<Response<Self::ExportBackupStream>, Status> {
        let call = self.0.admit(request)?;
        let backup = self.0.vault().begin_backup(&call.caller).await?;
        let (answers, told) = mpsc::channel(AHEAD);
        tokio::spawn(async move {
            if let Err(error) = give_out(backup, answers.clone()).await {
                // Whoever asked may have gone.
                let _ = answers.send(Err(error.into())).await;
            }
        });
        Ok(Response::new(ReceiverStream::new(told)))
    }

    async fn export_keyring(
        &self,
        request: Request<v1::ExportKeyringRequest>,
    ) -> Result<Response<v1::ExportKeyringResponse>, Status> {
        let call = self.0.admit(request)?;
        let copied = self.0.vault().copy_keyring(&call.caller).await?;
        Ok(Response::new(v1::ExportKeyringResponse {
            copy: Some(to_wire(copied.id, &copied.registered)),
            keyring: copied.bytes,
            receipt: Some(receipt::of(copied.receipt)),
        }))
    }

    async fn get_copies(
        &self,
        request: Request<v1::GetCopiesRequest>,
    ) -> Result<Response<v1::GetCopiesResponse>, Status> {
        let call = self.0.admit(request)?;
        let copies = self.0.vault().copies(&call.caller)?;
        Ok(Response::new(v1::GetCopiesResponse {
            copies: copies.iter().map(|(id, copy)| to_wire(*id, copy)).collect(),
        }))
    }

    async fn forget_copy(
        &self,
        request: Request<v1::ForgetCopyRequest>,
    ) -> Result<Response<v1::ForgetCopyResponse>, Status> {
        let call = self.0.admit(request)?;
        let once = self.0.once(&call, Method::ForgetCopy, &call.message.request_id)?;
        let copy = CopyId::parse(&call.message.copy_id);
        let copy = copy.map_err(|problem| Error::invalid("copy_id", problem.to_string()))?;
        let reason = argument::required_line("reason", &call.message.reason, argument::REASON_BYTES)?;
        let done = self.0.vault().forget_copy(once, copy, reason).await?;
        Ok(Response::new(v1::ForgetCopyResponse { receipt: Some(receipt::of(done.receipt)) }))
    }

    async fn export_erasures(
        &self,
        request: Request<v1::ExportErasuresRequest>,
    ) -> Result<Response<v1::ExportErasuresResponse>, Status> {
        let call = self.0.admit(request)?;
        let vault = Arc::clone(self.0.vault());
        let v1::ExportErasuresRequest { origin, lines, until_index } = call.message;
        let present = vault.origin();
        let after = if origin == present { Shipped { lines, until: until_index } } else { Shipped::default() };
        let shipment = vault.ship(&call.caller, after).await?;
        Ok(Response::new(v1::ExportErasuresResponse { origin: present, lines: shipment.lines }))
    }
}

/// Gives a backup out to its end, or until nobody wants it any more.
async fn give_out(backup: Backup, answers: Sender<Result<v1::ExportBackupResponse, Status>>) -> Result<(), Error> {
    let told = answers.clone();
    let copied = spawn_blocking(move || {
        let mut backup = backup;
        let flow = backup.copy_rows(&mut |piece, rows, total| send(&told, piece, (rows, total)));
        flow.map(|flow| (backup, flow))
    });
    let (mut backup, flow) = copied.await.map_err(|_| Error::BrokenOff)??;
    if flow.is_break() {
        return Ok(());
    }
    let id = backup.id();
    let completed = backup.complete().await?;
    let told = answers.clone();
    let ended =
        spawn_blocking(move || backup.end(completed, &mut |piece, rows, total| send(&told, piece, (rows, total))));
    if let Some((end, registered)) = ended.await.map_err(|_| Error::BrokenOff)?? {
        let made = Some(made(id, &end, &registered));
        let _ = answers.send(Ok(v1::ExportBackupResponse { made, ..v1::ExportBackupResponse::default() })).await;
    }
    Ok(())
}

fn send(
    answers: &Sender<Result<v1::ExportBackupResponse, Status>>,
    piece: Vec<u8>,
    (rows, total): (u64, u64),
) -> ControlFlow<()> {
    match answers.blocking_send(Ok(v1::ExportBackupResponse { piece, rows, total, made: None })) {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    }
}

fn made(id: CopyId, end: &End, registered: &RegisteredCopy) -> v1::MadeBackup {
    v1::MadeBackup {
        copy: Some(to_wire(id, registered)),
        group: end.group,
        entries: end.entries,
        origin: hex::encode(end.origin),
    }
}

pub(super) fn to_wire(id: CopyId, copy: &RegisteredCopy) -> v1::Copy {
    let kind = match copy.of {
        CopyOf::Vault => v1::CopyKind::Vault,
        CopyOf::Keyring => v1::CopyKind::Keyring,
        CopyOf::Scoped => v1::CopyKind::ScopedKeyring,
    };
    v1::Copy {
        copy_id: id.to_string(),
        kind: kind.into(),
        whole: copy.state == CopyState::Made,
        begin_time: Some(time::to_wire(copy.begun)),
        keep_until_time: Some(time::to_wire(copy.kept_until)),
        keyring_generation: copy.keyring_generation,
        entries: copy.entries,
        caller: copy.by.to_string(),
        holder: copy.given.as_ref().map(|given| given.holder.clone()).unwrap_or_default(),
        classes: copy.given.as_ref().map(|given| given.classes.clone()).unwrap_or_default(),
    }
}

/// Pieces made ready before they are taken.
const AHEAD: usize = 4;
