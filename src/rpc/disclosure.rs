//! `DisclosureService`: views for a stated purpose, what a view would be and why, and claims confirmed or denied.

use std::sync::Arc;

use fubako_proto::v1;
use fubako_proto::v1::disclosure_service_server::DisclosureService;
use tonic::{Request, Response, Status, async_trait};

use crate::policy::ask::Stated;
use crate::rpc::batch::{self, Outcomes};
use crate::rpc::convert::ask::Asked;
use crate::rpc::convert::{argument, claim, explanation, receipt, view};
use crate::rpc::gate::Gate;

/// Answers from the vault behind the gate.
pub(super) struct Disclosure(pub(super) Arc<Gate>);

#[async_trait]
impl DisclosureService for Disclosure {
    type BatchDiscloseStream = Outcomes;

    async fn disclose(&self, request: Request<v1::DiscloseRequest>) -> Result<Response<v1::DiscloseResponse>, Status> {
        let call = self.0.admit(request)?;
        let vault = self.0.vault();
        let ask = Asked::from(&call.message).parse(&call, &vault.policy())?;
        let released = vault.disclose(&ask).await?;
        let v1::Disclosure { view, receipt } = view::of(released, &vault.policy());
        Ok(Response::new(v1::DiscloseResponse { view, receipt }))
    }

    async fn batch_disclose(
        &self,
        request: Request<v1::BatchDiscloseRequest>,
    ) -> Result<Response<Self::BatchDiscloseStream>, Status> {
        let call = self.0.admit(request)?;
        Ok(Response::new(batch::disclose(&self.0, call)?))
    }

    async fn explain(&self, request: Request<v1::ExplainRequest>) -> Result<Response<v1::ExplainResponse>, Status> {
        let call = self.0.admit(request)?;
        let vault = self.0.vault();
        let ask = Asked::from(&call.message).parse(&call, &vault.policy())?;
        let explained = vault.explain(&ask).await?;
        Ok(Response::new(explanation::of(&explained)))
    }

    async fn verify(&self, request: Request<v1::VerifyRequest>) -> Result<Response<v1::VerifyResponse>, Status> {
        let mut call = self.0.admit(request)?;
        let vault = self.0.vault();
        let member = argument::member("member_id", &call.message.member_id)?;
        let claims = claim::parse_all(&mut call.message.claims, &vault.policy())?;
        let stated = Stated::parse(&call.message.purpose);
        let verified = vault.verify(&call.caller, &stated, member, claims).await?;
        let answered = call.message.claims.iter().zip(verified.answers);
        Ok(Response::new(v1::VerifyResponse {
            answers: answered.map(|(claimed, answer)| claim::answer(claimed, answer)).collect(),
            receipt: Some(receipt::of(verified.receipt)),
        }))
    }
}
