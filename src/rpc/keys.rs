//! `KeyService`: keys through their whole life.

use std::collections::BTreeSet;
use std::sync::Arc;

use fubako_keys::{KeyClass, KeyName, KeyState, Passphrase};
use fubako_proto::v1;
use fubako_proto::v1::key_service_server::KeyService;
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, async_trait};

use crate::model::caller::Caller;
use crate::rpc::backup::to_wire as copy_to_wire;
use crate::rpc::convert::{argument, receipt, time};
use crate::rpc::error::Error;
use crate::rpc::gate::Gate;
use crate::vault::destroy::{Destruction, Needed};
use crate::vault::keys::TakenOut;
use crate::vault::mutation::Method;
use crate::vault::rotation::{KeyVersion, Progress, Stage};
use crate::vault::scope::{Export, ScopedExport};

/// Answers from the vault behind the gate.
pub(super) struct Keys(pub(super) Arc<Gate>);

#[async_trait]
impl KeyService for Keys {
    async fn get_keys(&self, request: Request<v1::GetKeysRequest>) -> Result<Response<v1::GetKeysResponse>, Status> {
        let call = self.0.admit(request)?;
        let versions = self.0.vault().keys(&call.caller)?;
        Ok(Response::new(v1::GetKeysResponse { versions: versions.iter().map(version).collect() }))
    }

    async fn rotate_key(
        &self,
        request: Request<v1::RotateKeyRequest>,
    ) -> Result<Response<v1::RotateKeyResponse>, Status> {
        let call = self.0.admit(request)?;
        let once = self.0.once(&call, Method::RotateKey, &call.message.request_id)?;
        let key = key_named(&call.message.key)?;
        let done = self.0.vault().rotate_key(once, key).await?;
        let (receipt, subject) = (Some(receipt::of(done.receipt)), done.outcome.subject);
        Ok(Response::new(v1::RotateKeyResponse { receipt, subject }))
    }

    type WatchRotationStream = ReceiverStream<Result<v1::WatchRotationResponse, Status>>;

    async fn watch_rotation(
        &self,
        request: Request<v1::WatchRotationRequest>,
    ) -> Result<Response<Self::WatchRotationStream>, Status> {
        let call = self.0.admit(request)?;
        let watched = self.0.vault().watch_rotation(&call.caller)?;
        let (answers, told) = mpsc::channel(1);
        tokio::spawn(tell(Arc::clone(&self.0), Arc::clone(&call.caller), watched, answers));
        Ok(Response::new(ReceiverStream::new(told)))
    }

    async fn set_key_state(
        &self,
        request: Request<v1::SetKeyStateRequest>,
    ) -> Result<Response<v1::SetKeyStateResponse>, Status> {
        let call = self.0.admit(request)?;
        let once = self.0.once(&call, Method::SetKeyState, &call.message.request_id)?;
        let key = key_named(&call.message.key)?;
        let how = match call.message.state() {
            v1::KeyVersionState::Deactivated => TakenOut::Deactivated,
            v1::KeyVersionState::Compromised => TakenOut::Compromised,
            v1::KeyVersionState::Unspecified => return Err(Error::missing("state").into()),
            v1::KeyVersionState::PreActive | v1::KeyVersionState::Active | v1::KeyVersionState::Destroyed => {
                return Err(Error::invalid("state", "a version can be deactivated or marked as compromised").into());
            }
        };
        let done = self.0.vault().take_out_key(once, (key, call.message.version), how).await?;
        Ok(Response::new(v1::SetKeyStateResponse { receipt: Some(receipt::of(done.receipt)) }))
    }

    async fn destroy_key(
        &self,
        request: Request<v1::DestroyKeyRequest>,
    ) -> Result<Response<v1::DestroyKeyResponse>, Status> {
        let call = self.0.admit(request)?;
        let once = self.0.once(&call, Method::DestroyKey, &call.message.request_id)?;
        let key = key_named(&call.message.key)?;
        let needed = if call.message.lose_what_needs_it { Needed::Lose } else { Needed::Refuse };
        let what = Destruction { key, version: call.message.version, needed };
        let (done, state) = self.0.vault().destroy_key(once, what).await?;
        let receipt = Some(receipt::of(done.receipt));
        Ok(Response::new(v1::DestroyKeyResponse { receipt, state: state_of(state).into() }))
    }

    async fn export_scope(
        &self,
        request: Request<v1::ExportScopeRequest>,
    ) -> Result<Response<v1::ExportScopeResponse>, Status> {
        let call = self.0.admit(request)?;
        let v1::ExportScopeRequest { classes, holder, until_time, passphrase } = call.message;
        let passphrase = (!passphrase.is_empty()).then(|| Passphrase::new(passphrase)).transpose();
        let passphrase = passphrase.map_err(|error| Error::invalid("passphrase", error.to_string()))?;
        let holder = argument::required_line("holder", &holder, argument::REASON_BYTES)?.to_owned();
        let until = until_time.ok_or_else(|| Error::missing("until_time"))?;
        let until = time::parse(|| "until_time".to_owned(), &until)?;
        let export = ScopedExport { classes: classes_named(&classes)?, holder, until };
        let exported = self.0.vault().export_scope(&call.caller, export, passphrase).await?;
        Ok(Response::new(match exported {
            Export::Proposed(proposed) => {
                v1::ExportScopeResponse { receipt: Some(receipt::of(proposed)), ..Default::default() }
            }
            Export::GivenOut(given) => v1::ExportScopeResponse {
                copy: Some(copy_to_wire(given.id, &given.registered)),
                receipt: Some(receipt::of(given.receipt)),
                keyring: given.bytes,
            },
        }))
    }
}

/// Tells how far a rotation is, whenever that changes, until it is over or the caller may not know any more.
async fn tell(
    gate: Arc<Gate>,
    caller: Arc<Caller>,
    mut watched: watch::Receiver<Option<Progress>>,
    answers: mpsc::Sender<Result<v1::WatchRotationResponse, Status>>,
) {
    loop {
        let progress = *watched.borrow_and_update();
        let Some(progress) = progress else { return };
        let over = matches!(progress.stage, Stage::Complete | Stage::Incomplete);
        if answers.send(Ok(rotation(&progress))).await.is_err() || over {
            return;
        }
        tokio::select! {
            changed = watched.changed() => if changed.is_err() { return },
            () = answers.closed() => return,
        }
        if let Err(error) = may_watch(&gate, &caller) {
            return drop(answers.send(Err(error.into())).await);
        }
    }
}

/// Whether a caller that began to watch still may: it may have been suspended meanwhile, or lost the role by a reload.
fn may_watch(gate: &Gate, caller: &Caller) -> Result<(), Error> {
    let present = gate.present(caller)?;
    Ok(gate.vault().watch_rotation(&present).map(drop)?)
}

fn key_named(name: &str) -> Result<KeyName, Error> {
    if name.is_empty() {
        return Err(Error::missing("key"));
    }
    KeyName::parse(name).map_err(|_| crate::vault::error::Error::KeyNotFound.into())
}

fn classes_named(names: &[String]) -> Result<BTreeSet<KeyClass>, Error> {
    let mut classes = BTreeSet::new();
    for (place, name) in names.iter().enumerate() {
        let path = format!("classes[{place}]");
        if !classes.insert(argument::key_class(&path, name)?) {
            return Err(Error::invalid(path, "is named twice"));
        }
    }
    Ok(classes)
}

fn version(version: &KeyVersion) -> v1::KeyDescription {
    let described = &version.described;
    v1::KeyDescription {
        key: described.name().to_string(),
        version: described.version(),
        state: state_of(described.state()).into(),
        create_time: Timestamp::from_millisecond(described.created_ms()).ok().map(time::to_wire),
        rotation_due_time: version.rotation_due.map(time::to_wire),
        sealed_count: described.sealed(),
    }
}

const fn state_of(state: KeyState) -> v1::KeyVersionState {
    match state {
        KeyState::PreActive => v1::KeyVersionState::PreActive,
        KeyState::Active => v1::KeyVersionState::Active,
        KeyState::Deactivated => v1::KeyVersionState::Deactivated,
        KeyState::Compromised => v1::KeyVersionState::Compromised,
        KeyState::Destroyed => v1::KeyVersionState::Destroyed,
    }
}

fn rotation(progress: &Progress) -> v1::WatchRotationResponse {
    let stage = match progress.stage {
        Stage::Sweeping => v1::RotationStage::Sweeping,
        Stage::Proving => v1::RotationStage::Proving,
        Stage::Complete => v1::RotationStage::Complete,
        Stage::Incomplete => v1::RotationStage::Incomplete,
    };
    v1::WatchRotationResponse {
        key: progress.key.to_string(),
        version: progress.version,
        stage: stage.into(),
        checked_count: progress.checked,
        total_count: progress.total,
        resealed_count: progress.resealed,
        damaged_count: progress.damaged,
        records_per_second: progress.rate,
        start_time: Some(time::to_wire(progress.started)),
    }
}
