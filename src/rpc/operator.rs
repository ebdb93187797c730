//! `OperatorService`: how the vault is, whether it is whole, and callers stopped at once.

mod verification;

use std::sync::Arc;

use fubako_keys::Scope;
use fubako_proto::v1;
use fubako_proto::v1::operator_service_server::OperatorService;
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status, async_trait};

use crate::rpc::account;
use crate::rpc::convert::{argument, receipt, time};
use crate::rpc::error::Error;
use crate::rpc::gate::Gate;
use crate::rpc::ledger::streams::{self, Answers, Seats};
use crate::vault::mutation::Method;

/// Answers from the vault behind the gate.
pub(super) struct Operator {
    gate: Arc<Gate>,
    /// For checks of everything: one at a time, since each reads all there is.
    seats: Seats,
}

impl Operator {
    /// Answers behind that gate.
    pub(super) fn new(gate: Arc<Gate>) -> Self {
        Self { gate, seats: Arc::new(Semaphore::new(1)) }
    }
}

#[async_trait]
impl OperatorService for Operator {
    type VerifyVaultStream = Answers<v1::VerifyVaultResponse>;

    async fn verify_vault(
        &self,
        request: Request<v1::VerifyVaultRequest>,
    ) -> Result<Response<Self::VerifyVaultStream>, Status> {
        let call = self.gate.admit(request)?;
        let seat = streams::seat(&self.seats)?;
        let begun = self.gate.vault().begin_check(&call.caller).await?;
        Ok(Response::new(verification::begin(self.gate.vault(), begun, seat)))
    }

    async fn get_status(
        &self,
        request: Request<v1::GetStatusRequest>,
    ) -> Result<Response<v1::GetStatusResponse>, Status> {
        let call = self.gate.admit(request)?;
        let status = self.gate.vault().status(&call.caller)?;
        Ok(Response::new(v1::GetStatusResponse {
            vault_id: status.vault.to_string(),
            server_version: env!("CARGO_PKG_VERSION").to_owned(),
            seal_state: v1::SealState::Unsealed.into(),
            policy_version: status.policy_version.0,
            entry_count: status.entries,
            keyring_generation: status.keyring_generation,
            suspended_callers: status.suspended_callers.iter().map(ToString::to_string).collect(),
            start_time: Some(time::to_wire(self.gate.started())),
            held_classes: status.scope.iter().flat_map(Scope::classes).map(ToString::to_string).collect(),
            scope_until_time: status
                .scope
                .and_then(|scope| Timestamp::from_millisecond(scope.until_ms()).ok())
                .map(time::to_wire),
            ledger_gaps: account::gaps(self.gate.vault())?,
        }))
    }

    async fn suspend_caller(
        &self,
        request: Request<v1::SuspendCallerRequest>,
    ) -> Result<Response<v1::SuspendCallerResponse>, Status> {
        let call = self.gate.admit(request)?;
        let once = self.gate.once(&call, Method::SuspendCaller, &call.message.request_id)?;
        let name = self.gate.caller_named(argument::caller("caller", &call.message.caller)?)?;
        if name == call.caller.name {
            return Err(Error::invalid("caller", "is the caller itself").into());
        }
        let reason = argument::required_line("reason", &call.message.reason, argument::REASON_BYTES)?;
        let done = self.gate.vault().suspend_caller(once, &name, reason).await?;
        Ok(Response::new(v1::SuspendCallerResponse { receipt: Some(receipt::of(done.receipt)) }))
    }

    async fn resume_caller(
        &self,
        request: Request<v1::ResumeCallerRequest>,
    ) -> Result<Response<v1::ResumeCallerResponse>, Status> {
        let call = self.gate.admit(request)?;
        let once = self.gate.once(&call, Method::ResumeCaller, &call.message.request_id)?;
        let name = self.gate.caller_named(argument::caller("caller", &call.message.caller)?)?;
        let done = self.gate.vault().resume_caller(once, &name, "").await?;
        Ok(Response::new(v1::ResumeCallerResponse { receipt: Some(receipt::of(done.receipt)) }))
    }
}
