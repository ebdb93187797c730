//! `PartyService`: the register of the parties data may go to.

use std::sync::Arc;

use fubako_proto::v1;
use fubako_proto::v1::party_service_server::PartyService;
use prost::Message as _;
use tonic::{Request, Response, Status, async_trait};

use crate::model::ids::{PartyId, Revision};
use crate::model::party::Party as Registered;
use crate::rpc::account::{self, Page, Reading};
use crate::rpc::convert::{argument, party, receipt};
use crate::rpc::error::Error;
use crate::rpc::gate::Gate;
use crate::rpc::page::{self, Listing};
use crate::vault::account::Account;
use crate::vault::mutation::Method;
use crate::vault::party::PartyStateChange;
use crate::vault::rows::Revised;

/// Answers from the vault behind the gate.
pub(super) struct Party(pub(super) Arc<Gate>);

#[async_trait]
impl PartyService for Party {
    async fn register_party(
        &self,
        request: Request<v1::RegisterPartyRequest>,
    ) -> Result<Response<v1::RegisterPartyResponse>, Status> {
        let call = self.0.admit(request)?;
        let once = self.0.once(&call, Method::RegisterParty, &call.message.request_id)?;
        let details = call.message.details.as_ref().ok_or_else(|| Error::missing("details"))?;
        let party = party::parse(details, self.0.vault().now())?;
        let done = self.0.vault().register_party(once, &party).await?;
        let receipt = Some(receipt::of(done.receipt));
        Ok(Response::new(v1::RegisterPartyResponse { revision: done.outcome.revision.0, receipt }))
    }

    async fn get_party(&self, request: Request<v1::GetPartyRequest>) -> Result<Response<v1::GetPartyResponse>, Status> {
        let call = self.0.admit(request)?;
        let id = argument::party("party_id", &call.message.party_id)?;
        let row = self.0.vault().party(&call.caller, &id)?;
        Ok(Response::new(v1::GetPartyResponse { party: Some(party::to_wire(&row)) }))
    }

    async fn list_parties(
        &self,
        request: Request<v1::ListPartiesRequest>,
    ) -> Result<Response<v1::ListPartiesResponse>, Status> {
        let call = self.0.admit(request)?;
        let vault = self.0.vault();
        let wanted = &call.message.recipient_class;
        let class = (!wanted.is_empty()).then(|| party::class("recipient_class", wanted)).transpose()?;
        let filter = v1::ListPartiesRequest { recipient_class: wanted.clone(), ..Default::default() }.encode_to_vec();
        let listing = Listing { vault, caller: &call.caller.name, rpc: "ListParties", filter };
        let after = listing.open(&call.message.page_token)?.map(|key| party_id(&key)).transpose()?;
        let page = page::read(
            page::size(call.message.page_size)?,
            after,
            |after: Option<&PartyId>, limit| Ok(vault.parties(&call.caller, after, limit)?),
            |row: &Revised<Registered>| row.content.id.clone(),
            |row| class.is_none_or(|class| row.content.class == class),
        )?;
        Ok(Response::new(v1::ListPartiesResponse {
            parties: page.items.iter().map(party::to_wire).collect(),
            next_page_token: page.next.map(|id| listing.token(id.as_str().as_bytes())).transpose()?.unwrap_or_default(),
        }))
    }

    async fn set_party_state(
        &self,
        request: Request<v1::SetPartyStateRequest>,
    ) -> Result<Response<v1::SetPartyStateResponse>, Status> {
        let call = self.0.admit(request)?;
        let once = self.0.once(&call, Method::SetPartyState, &call.message.request_id)?;
        let change = PartyStateChange {
            party: argument::party("party_id", &call.message.party_id)?,
            expected: Revision(call.message.expected_revision),
            state: party::state(call.message.state)?,
        };
        let done = self.0.vault().set_party_state(once, &change).await?;
        let receipt = Some(receipt::of(done.receipt));
        Ok(Response::new(v1::SetPartyStateResponse { revision: done.outcome.revision.0, receipt }))
    }

    async fn list_party_disclosures(
        &self,
        request: Request<v1::ListPartyDisclosuresRequest>,
    ) -> Result<Response<v1::ListPartyDisclosuresResponse>, Status> {
        let call = self.0.admit(request)?;
        let v1::ListPartyDisclosuresRequest { party_id, page_size, page_token, with_proofs } = &call.message;
        let of = Account::Party(argument::party("party_id", party_id)?);
        let reading =
            Reading { rpc: "ListPartyDisclosures", page: (*page_size, page_token), with_proofs: *with_proofs };
        let Page { disclosures, next_page_token, gaps } = account::read(self.0.vault(), &call, of, reading).await?;
        Ok(Response::new(v1::ListPartyDisclosuresResponse { disclosures, next_page_token, gaps }))
    }
}

/// The party a page ended with.
fn party_id(key: &[u8]) -> Result<PartyId, Error> {
    let text = str::from_utf8(key).map_err(|_| Error::PageToken)?;
    PartyId::parse(text).map_err(|_| Error::PageToken)
}
