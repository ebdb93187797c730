//! `LedgerService`: what happened, for those who watch over it, and proofs of it for everyone.

pub(super) mod streams;

use std::sync::Arc;

use fubako_proto::v1;
use fubako_proto::v1::ledger_service_server::LedgerService;
use fubako_proto::v1::prove_entry_request::Entry as Which;
use prost::Message as _;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tonic::{Request, Response, Status, async_trait};

use crate::ledger::query::Order;
use crate::model::ids::EntryId;
use crate::rpc::convert::{argument, checkpoint, entry, filter, receipt};
use crate::rpc::error::Error;
use crate::rpc::gate::Gate;
use crate::rpc::ledger::streams::{Answers, SEATS, Seats};
use crate::rpc::page::{self, Listing};
use crate::vault::mutation::Method;
use crate::vault::prove::Named;
use crate::vault::retire::Retirement;

/// Answers from the vault behind the gate.
pub(super) struct Ledger {
    gate: Arc<Gate>,
    seats: Seats,
}

impl Ledger {
    /// Answers behind that gate.
    pub(super) fn new(gate: Arc<Gate>) -> Self {
        Self { gate, seats: Arc::new(Semaphore::new(SEATS)) }
    }
}

#[async_trait]
impl LedgerService for Ledger {
    type TailEntriesStream = Answers<v1::TailEntriesResponse>;
    type TraceExposureStream = Answers<v1::TraceExposureResponse>;
    type ExportLeavesStream = Answers<v1::ExportLeavesResponse>;
    type VerifyLedgerStream = Answers<v1::VerifyLedgerResponse>;

    async fn list_entries(
        &self,
        request: Request<v1::ListEntriesRequest>,
    ) -> Result<Response<v1::ListEntriesResponse>, Status> {
        let call = self.gate.admit(request)?;
        let vault = Arc::clone(self.gate.vault());
        let order = order(call.message.order)?;
        let wanted = filter::parse(call.message.filter.as_ref())?;
        let unpaged = v1::ListEntriesRequest { page_size: 0, page_token: String::new(), ..call.message.clone() };
        let listing =
            Listing { vault: &vault, caller: &call.caller.name, rpc: "ListEntries", filter: unpaged.encode_to_vec() };
        let size = page::size(call.message.page_size)?;
        let after = listing.open(&call.message.page_token)?.map(|key| index(&key)).transpose()?;
        if after.is_none() {
            vault.begin_reading(&call.caller).await.map_err(Error::from)?;
        }
        let (gate, caller) = (Arc::clone(&self.gate), Arc::clone(&call.caller));
        let read = spawn_blocking(move || {
            if after.is_none() {
                gate.vault().expect_heard_of("filter.", &wanted, |name| gate.is_caller(name))?;
            }
            gate.vault().entries(&caller, &wanted, order, (after, size))
        });
        let page = read.await.map_err(|_| Error::BrokenOff)?.map_err(Error::from)?;
        let next_page_token = page.next.map(|index| listing.token(&index.to_be_bytes())).transpose()?;
        Ok(Response::new(v1::ListEntriesResponse {
            entries: page.entries.into_iter().map(entry::of).collect(),
            next_page_token: next_page_token.unwrap_or_default(),
        }))
    }

    async fn tail_entries(
        &self,
        request: Request<v1::TailEntriesRequest>,
    ) -> Result<Response<Self::TailEntriesStream>, Status> {
        let call = self.gate.admit(request)?;
        Ok(Response::new(streams::tail((&self.gate, &self.seats), &call).await?))
    }

    async fn trace_exposure(
        &self,
        request: Request<v1::TraceExposureRequest>,
    ) -> Result<Response<Self::TraceExposureStream>, Status> {
        let call = self.gate.admit(request)?;
        Ok(Response::new(streams::trace((&self.gate, &self.seats), &call).await?))
    }

    async fn get_checkpoint(
        &self,
        request: Request<v1::GetCheckpointRequest>,
    ) -> Result<Response<v1::GetCheckpointResponse>, Status> {
        let call = self.gate.admit(request)?;
        let last = self.gate.vault().proofs(&call.caller)?.checkpoint();
        Ok(Response::new(v1::GetCheckpointResponse { checkpoint: Some(checkpoint::of(&last, self.gate.vault())?) }))
    }

    async fn get_inclusion_proof(
        &self,
        request: Request<v1::GetInclusionProofRequest>,
    ) -> Result<Response<v1::GetInclusionProofResponse>, Status> {
        let call = self.gate.admit(request)?;
        let v1::GetInclusionProofRequest { index, tree_size } = call.message;
        let vault = self.gate.vault();
        let proofs = vault.proofs(&call.caller)?;
        vault.check_entry(index)?;
        let last =
            if tree_size == 0 { proofs.covering(index).await.map_err(Error::from)? } else { proofs.checkpoint() };
        let tree_size = if tree_size == 0 { last.checkpoint().size } else { tree_size };
        let hashes = proofs.inclusion(index, tree_size).map_err(Error::from)?;
        let leaf_hash = proofs.leaf_hashes(index, 1).map_err(Error::from)?.concat();
        Ok(Response::new(v1::GetInclusionProofResponse {
            leaf_hash,
            tree_size,
            hashes: hashes.iter().map(|hash| hash.to_vec()).collect(),
            checkpoint: Some(checkpoint::of(&last, vault)?),
        }))
    }

    async fn get_consistency_proof(
        &self,
        request: Request<v1::GetConsistencyProofRequest>,
    ) -> Result<Response<v1::GetConsistencyProofResponse>, Status> {
        let call = self.gate.admit(request)?;
        let proofs = self.gate.vault().proofs(&call.caller)?;
        let last = proofs.checkpoint();
        let v1::GetConsistencyProofRequest { old_size, new_size } = call.message;
        let new_size = if new_size == 0 { last.checkpoint().size } else { new_size };
        let hashes = proofs.consistency(old_size, new_size).map_err(Error::from)?;
        Ok(Response::new(v1::GetConsistencyProofResponse {
            new_size,
            hashes: hashes.iter().map(|hash| hash.to_vec()).collect(),
            checkpoint: Some(checkpoint::of(&last, self.gate.vault())?),
        }))
    }

    async fn prove_entry(
        &self,
        request: Request<v1::ProveEntryRequest>,
    ) -> Result<Response<v1::ProveEntryResponse>, Status> {
        let call = self.gate.admit(request)?;
        let named = match call.message.entry.as_ref().ok_or_else(|| Error::missing("entry"))? {
            Which::Index(index) => Named::Index(*index),
            Which::EntryId(id) => {
                Named::Id(EntryId::parse(id).map_err(|problem| Error::invalid("entry_id", problem.to_string()))?)
            }
        };
        let proved = self.gate.vault().prove(&call.caller, named).await?;
        Ok(Response::new(v1::ProveEntryResponse {
            proof: proved.text,
            member_salt: proved.salt.map(|salt| salt.to_vec()).unwrap_or_default(),
            entry: Some(entry::of(proved.entry)),
        }))
    }

    async fn read_tile(&self, request: Request<v1::ReadTileRequest>) -> Result<Response<v1::ReadTileResponse>, Status> {
        let call = self.gate.admit(request)?;
        let v1::ReadTileRequest { level, index, width } = call.message;
        let width = if width == 0 { FULL_TILE } else { width };
        let tile = self.gate.vault().proofs(&call.caller)?.tile(level, index, width.into()).map_err(Error::from)?;
        Ok(Response::new(v1::ReadTileResponse { hashes: tile.concat() }))
    }

    async fn export_leaves(
        &self,
        request: Request<v1::ExportLeavesRequest>,
    ) -> Result<Response<Self::ExportLeavesStream>, Status> {
        let call = self.gate.admit(request)?;
        Ok(Response::new(streams::export((&self.gate, &self.seats), &call).await?))
    }

    async fn verify_ledger(
        &self,
        request: Request<v1::VerifyLedgerRequest>,
    ) -> Result<Response<Self::VerifyLedgerStream>, Status> {
        let call = self.gate.admit(request)?;
        let seat = streams::seat(&self.seats)?;
        let before = self.gate.vault().begin_audit(&call.caller).await?;
        Ok(Response::new(streams::verify(self.gate.vault(), before, seat)))
    }

    async fn retire_months(
        &self,
        request: Request<v1::RetireMonthsRequest>,
    ) -> Result<Response<v1::RetireMonthsResponse>, Status> {
        let call = self.gate.admit(request)?;
        let reason = argument::line("override_reason", &call.message.override_reason, argument::REASON_BYTES)?;
        let through = argument::month("through_month", &call.message.through_month)?;
        let retirement = Retirement { through, override_reason: reason.to_owned() };
        let gate = Arc::clone(&self.gate);
        // A task of its own: it goes on to its end when the caller goes away.
        let retired = tokio::spawn(async move {
            let once = gate.once(&call, Method::RetireMonths, &call.message.request_id)?;
            Ok::<_, Error>(gate.vault().retire(once, &retirement).await?)
        });
        let done = retired.await.map_err(|_| Error::BrokenOff)??;
        let months = done.outcome.subject.split(',').filter_map(argument::month_to_wire);
        Ok(Response::new(v1::RetireMonthsResponse {
            months: months.collect(),
            receipt: Some(receipt::of(done.receipt)),
        }))
    }
}

fn order(number: i32) -> Result<Order, Error> {
    match v1::EntryOrder::try_from(number) {
        Ok(v1::EntryOrder::Unspecified | v1::EntryOrder::NewestFirst) => Ok(Order::NewestFirst),
        Ok(v1::EntryOrder::OldestFirst) => Ok(Order::OldestFirst),
        Err(_) => Err(Error::invalid("order", "is no order")),
    }
}

/// The entry a page ended with.
pub(super) fn index(key: &[u8]) -> Result<u64, Error> {
    <[u8; 8]>::try_from(key).map(u64::from_be_bytes).map_err(|_| Error::PageToken)
}

const FULL_TILE: u32 = 256;
