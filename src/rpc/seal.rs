//! `SealService`: of an open vault, which it seals, and of a sealed one, which it opens.

use std::sync::Arc;

use fubako_keys::{Passphrase, Share};
use fubako_proto::v1;
use fubako_proto::v1::seal_service_server::SealService;
use fubako_proto::v1::unseal_request::Key;
use tokio::sync::Notify;
use tonic::{Request, Response, Status, async_trait};
use zeroize::Zeroizing;

use crate::model::caller::{Caller, Role};
use crate::rpc::error::Error;
use crate::rpc::gate::{Gate, identified};
use crate::rpc::security::SharedSecurity;
use crate::vault::error::Error as VaultError;
use crate::vault::seal::{Keyhole, Progress, UnsealError};

/// What a caller pulls to seal the vault; clones pull the same.
#[derive(Clone, Debug, Default)]
pub struct SealSwitch(Arc<Notify>);

impl SealSwitch {
    /// Waits until somebody has it sealed.
    pub async fn pulled(&self) {
        self.0.notified().await;
    }
}

/// Answers for a vault that is open.
pub(super) struct Open {
    pub(super) gate: Arc<Gate>,
    pub(super) switch: SealSwitch,
}

/// Answers for a vault that is sealed.
pub(super) struct Sealed {
    pub(super) keyhole: Arc<Keyhole>,
    pub(super) security: SharedSecurity,
}

#[async_trait]
impl SealService for Open {
    async fn get_seal_status(
        &self,
        request: Request<v1::GetSealStatusRequest>,
    ) -> Result<Response<v1::GetSealStatusResponse>, Status> {
        let call = self.gate.admit(request)?;
        let progress = self.gate.vault().seal_progress(&call.caller).await?;
        Ok(Response::new(v1::GetSealStatusResponse { progress: Some(to_wire(progress)) }))
    }

    async fn unseal(&self, request: Request<v1::UnsealRequest>) -> Result<Response<v1::UnsealResponse>, Status> {
        let call = self.gate.admit(request)?;
        self.gate.vault().seal_progress(&call.caller).await?;
        Err(Error::NotSealed.into())
    }

    async fn seal(&self, request: Request<v1::SealRequest>) -> Result<Response<v1::SealResponse>, Status> {
        let call = self.gate.admit(request)?;
        self.gate.vault().note_sealing(&call.caller).await?;
        tracing::warn!(caller = %call.caller.name, "the vault is being sealed");
        // Kept until it is waited for, so that nobody pulls it in vain.
        self.switch.0.notify_one();
        Ok(Response::new(v1::SealResponse {}))
    }
}

#[async_trait]
impl SealService for Sealed {
    async fn get_seal_status(
        &self,
        request: Request<v1::GetSealStatusRequest>,
    ) -> Result<Response<v1::GetSealStatusResponse>, Status> {
        self.admit(&request, &[Role::Operator, Role::Officer, Role::Auditor])?;
        Ok(Response::new(v1::GetSealStatusResponse { progress: Some(to_wire(self.keyhole.progress())) }))
    }

    async fn unseal(&self, request: Request<v1::UnsealRequest>) -> Result<Response<v1::UnsealResponse>, Status> {
        let caller = self.admit(&request, &[Role::Operator])?;
        let brought = match request.into_inner().key {
            Some(Key::Share(line)) => {
                let line = Zeroizing::new(line);
                let share = Share::parse(&line).map_err(|error| Error::invalid("share", error.to_string()))?;
                self.keyhole.bring_share(share).await.map_err(|error| refused("share", error))
            }
            Some(Key::Passphrase(typed)) => {
                let passphrase =
                    Passphrase::new(typed).map_err(|error| Error::invalid("passphrase", error.to_string()))?;
                self.keyhole.bring_passphrase(passphrase).await.map_err(|error| refused("passphrase", error))
            }
            Some(Key::Configured(_)) => {
                self.keyhole.use_configured().await.map_err(|error| refused("configured", error))
            }
            None => Err(Error::missing("key")),
        };
        // The ledger cannot be written without its keys; the log says who brought what.
        match &brought {
            Ok(progress) => {
                tracing::warn!(caller = %caller.name, ?progress, "a caller brought what may open the vault");
            }
            Err(error) => {
                tracing::warn!(caller = %caller.name, %error, "a caller brought what does not open the vault");
            }
        }
        Ok(Response::new(v1::UnsealResponse { progress: Some(to_wire(brought?)) }))
    }

    async fn seal(&self, request: Request<v1::SealRequest>) -> Result<Response<v1::SealResponse>, Status> {
        self.admit(&request, &[Role::Operator, Role::Officer])?;
        Err(Error::Sealed.into())
    }
}

impl Sealed {
    /// Lets a configured caller in that has one of the roles; who is suspended stands in the vault, which is sealed.
    pub(super) fn admit<M>(&self, request: &Request<M>, roles: &[Role]) -> Result<Arc<Caller>, Error> {
        let caller = identified(&self.security.load(), request)?;
        if roles.iter().any(|role| caller.has(*role)) {
            return Ok(caller);
        }
        Err(VaultError::RoleMissing { roles: roles.to_vec() }.into())
    }
}

/// What was brought is an argument that does not do, unless it was right and the vault does not open all the same.
fn refused(argument: &'static str, error: UnsealError) -> Error {
    match error {
        UnsealError::Root(error) => Error::invalid(argument, error.to_string()),
        UnsealError::NotOpened(error) => Error::NotOpened(error),
        UnsealError::Stopping => Error::BrokenOff,
    }
}

fn to_wire(progress: Progress) -> v1::SealProgress {
    let state = if progress.is_open { v1::SealState::Unsealed } else { v1::SealState::Sealed };
    let shares = progress.shares.filter(|_| !progress.is_open);
    v1::SealProgress {
        seal_state: state.into(),
        root_kind: progress.kind.to_owned(),
        shares_needed: shares.map_or(0, |shares| shares.needed.into()),
        shares_dealt: shares.map_or(0, |shares| shares.dealt.into()),
        shares_brought: shares.map_or(0, |shares| shares.brought.into()),
    }
}
