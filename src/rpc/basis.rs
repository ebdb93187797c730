//! `BasisService`: the record of the legal bases that releases rest on.

use std::sync::Arc;

use fubako_proto::v1;
use fubako_proto::v1::basis_service_server::BasisService;
use prost::Message as _;
use tonic::{Request, Response, Status, async_trait};

use crate::model::basis::{Basis as Recorded, BasisState};
use crate::model::ids::{BasisId, MemberId, PartyId, Revision};
use crate::rpc::convert::{argument, basis, receipt};
use crate::rpc::error::Error;
use crate::rpc::gate::Gate;
use crate::rpc::page::{self, Listing};
use crate::vault::Vault;
use crate::vault::basis::{BasisFilter, BasisStateChange};
use crate::vault::mutation::Method;
use crate::vault::rows::Revised;

/// Answers from the vault behind the gate.
pub(super) struct Basis(pub(super) Arc<Gate>);

#[async_trait]
impl BasisService for Basis {
    async fn record_basis(
        &self,
        request: Request<v1::RecordBasisRequest>,
    ) -> Result<Response<v1::RecordBasisResponse>, Status> {
        let call = self.0.admit(request)?;
        let vault = self.0.vault();
        let once = self.0.once(&call, Method::RecordBasis, &call.message.request_id)?;
        let terms = call.message.terms.as_ref().ok_or_else(|| Error::missing("terms"))?;
        let new = basis::parse(terms, &vault.policy(), vault.now())?;
        let done = vault.record_basis(once, &new).await?;
        Ok(Response::new(v1::RecordBasisResponse {
            basis_id: done.outcome.subject,
            state: basis::first_state(new.kind).into(),
            revision: done.outcome.revision.0,
            receipt: Some(receipt::of(done.receipt)),
        }))
    }

    async fn revoke_basis(
        &self,
        request: Request<v1::RevokeBasisRequest>,
    ) -> Result<Response<v1::RevokeBasisResponse>, Status> {
        let call = self.0.admit(request)?;
        let once = self.0.once(&call, Method::RevokeBasis, &call.message.request_id)?;
        let reason = argument::line("reason", &call.message.reason, argument::REASON_BYTES)?;
        let change = BasisStateChange {
            basis: argument::basis("basis_id", &call.message.basis_id)?,
            expected: Revision(call.message.expected_revision),
            state: BasisState::Revoked,
            asserted: call.asserted,
            reason: reason.to_owned(),
        };
        let done = self.0.vault().set_basis_state(once, &change).await?;
        let receipt = Some(receipt::of(done.receipt));
        Ok(Response::new(v1::RevokeBasisResponse { revision: done.outcome.revision.0, receipt }))
    }

    async fn end_basis(&self, request: Request<v1::EndBasisRequest>) -> Result<Response<v1::EndBasisResponse>, Status> {
        let call = self.0.admit(request)?;
        let once = self.0.once(&call, Method::EndBasis, &call.message.request_id)?;
        let change = BasisStateChange {
            basis: argument::basis("basis_id", &call.message.basis_id)?,
            expected: Revision(call.message.expected_revision),
            state: BasisState::Ended,
            // A member takes a consent back; that it has served is for others to say.
            asserted: None,
            reason: String::new(),
        };
        let done = self.0.vault().set_basis_state(once, &change).await?;
        let receipt = Some(receipt::of(done.receipt));
        Ok(Response::new(v1::EndBasisResponse { revision: done.outcome.revision.0, receipt }))
    }

    async fn get_basis(&self, request: Request<v1::GetBasisRequest>) -> Result<Response<v1::GetBasisResponse>, Status> {
        let call = self.0.admit(request)?;
        let vault = self.0.vault();
        let id = argument::basis("basis_id", &call.message.basis_id)?;
        let row = vault.basis(&call.caller, id)?;
        Ok(Response::new(v1::GetBasisResponse { basis: Some(basis::to_wire(&row, &vault.policy())) }))
    }

    async fn list_bases(
        &self,
        request: Request<v1::ListBasesRequest>,
    ) -> Result<Response<v1::ListBasesResponse>, Status> {
        let call = self.0.admit(request)?;
        let vault = self.0.vault();
        let wanted = Wanted::parse(&call.message)?;
        let filter = v1::ListBasesRequest {
            member_id: call.message.member_id.clone(),
            party_id: call.message.party_id.clone(),
            ..Default::default()
        };
        let filter = filter.encode_to_vec();
        let listing = Listing { vault, caller: &call.caller.name, rpc: "ListBases", filter };
        let after = listing.open(&call.message.page_token)?.map(|key| basis_id(&key)).transpose()?;
        let rows = wanted.rows();
        let page = page::read(
            page::size(call.message.page_size)?,
            after,
            |after: Option<&BasisId>, limit| Ok(vault.bases(&call.caller, &rows, after.copied(), limit)?),
            |row: &Revised<Recorded>| row.content.id,
            |row| wanted.includes(&row.content) && Vault::shows(&call.caller, &row.content),
        )?;
        let policy = vault.policy();
        Ok(Response::new(v1::ListBasesResponse {
            bases: page.items.iter().map(|row| basis::to_wire(row, &policy)).collect(),
            next_page_token: page.next.map(|id| listing.token(id.as_bytes())).transpose()?.unwrap_or_default(),
        }))
    }
}

/// Which bases a listing is of.
struct Wanted {
    member: Option<MemberId>,
    party: Option<PartyId>,
}

impl Wanted {
    fn parse(request: &v1::ListBasesRequest) -> Result<Self, Error> {
        let (member, party) = (&request.member_id, &request.party_id);
        Ok(Self {
            member: (!member.is_empty()).then(|| argument::member("member_id", member)).transpose()?,
            party: (!party.is_empty()).then(|| argument::party("party_id", party)).transpose()?,
        })
    }

    /// The rows to look through: of both filters, that of the member leaves fewer.
    fn rows(&self) -> BasisFilter {
        match (self.member, &self.party) {
            (Some(member), _) => BasisFilter::OfMember(member),
            (None, Some(party)) => BasisFilter::OfParty(party.clone()),
            (None, None) => BasisFilter::All,
        }
    }

    fn includes(&self, basis: &Recorded) -> bool {
        self.party.is_none() || basis.party == self.party
    }
}

/// The basis a page ended with.
fn basis_id(key: &[u8]) -> Result<BasisId, Error> {
    <[u8; 16]>::try_from(key).map(BasisId::from_bytes).map_err(|_| Error::PageToken)
}
