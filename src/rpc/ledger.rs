//! `LedgerService`: what happened, for those who watch over it.

use std::sync::Arc;

use fubako_proto::v1;
use fubako_proto::v1::ledger_service_server::LedgerService;
use prost::Message as _;
use tonic::{Request, Response, Status, async_trait};

use crate::ledger::reader::ReadEntry;
use crate::model::caller::Caller;
use crate::rpc::convert::entry;
use crate::rpc::error::Error;
use crate::rpc::gate::Gate;
use crate::rpc::page::{self, Listing};
use crate::vault::Vault;

/// Answers from the vault behind the gate.
pub(super) struct Ledger(pub(super) Arc<Gate>);

#[async_trait]
impl LedgerService for Ledger {
    async fn list_entries(
        &self,
        request: Request<v1::ListEntriesRequest>,
    ) -> Result<Response<v1::ListEntriesResponse>, Status> {
        let call = self.0.admit(request)?;
        let vault = self.0.vault();
        let order = order(call.message.order)?;
        let filter = v1::ListEntriesRequest { order: order.into(), ..Default::default() }.encode_to_vec();
        let listing = Listing { vault, caller: &call.caller.name, rpc: "ListEntries", filter };
        let size = page::size(call.message.page_size)?;
        let after = listing.open(&call.message.page_token)?.map(|key| index(&key)).transpose()?;
        if after.is_none() {
            vault.begin_reading(&call.caller).map_err(Error::from)?;
        }
        let page = page::read(
            size,
            after,
            |after: Option<&u64>, limit| match order {
                v1::EntryOrder::OldestFirst => oldest(vault, &call.caller, after, limit),
                v1::EntryOrder::NewestFirst | v1::EntryOrder::Unspecified => {
                    Ok(vault.entries(&call.caller, after.copied().unwrap_or(u64::MAX), limit)?)
                }
            },
            |entry: &ReadEntry| entry.index,
            |_| true,
        )?;
        Ok(Response::new(v1::ListEntriesResponse {
            entries: page.items.into_iter().map(entry::of).collect(),
            next_page_token: page
                .next
                .map(|index| listing.token(&index.to_be_bytes()))
                .transpose()?
                .unwrap_or_default(),
        }))
    }
}

/// Up to so many entries behind an index, the oldest first.
fn oldest(vault: &Vault, caller: &Caller, after: Option<&u64>, limit: usize) -> Result<Vec<ReadEntry>, Error> {
    let first = after.map_or(0, |after| after.saturating_add(1));
    let before = first.saturating_add(limit as u64);
    let mut entries = vault.entries(caller, before, limit)?;
    // The ledger counts without gaps, so that what lies before `first` shows that the end was reached.
    entries.retain(|entry| entry.index >= first);
    entries.reverse();
    Ok(entries)
}

fn order(number: i32) -> Result<v1::EntryOrder, Error> {
    match v1::EntryOrder::try_from(number) {
        Ok(v1::EntryOrder::Unspecified | v1::EntryOrder::NewestFirst) => Ok(v1::EntryOrder::NewestFirst),
        Ok(v1::EntryOrder::OldestFirst) => Ok(v1::EntryOrder::OldestFirst),
        Err(_) => Err(Error::invalid("order", "is no order")),
    }
}

/// The entry a page ended with.
fn index(key: &[u8]) -> Result<u64, Error> {
    <[u8; 8]>::try_from(key).map(u64::from_be_bytes).map_err(|_| Error::PageToken)
}
