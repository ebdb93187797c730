//! Accounts: the releases about a member or to a party, a page at a time.

use std::sync::Arc;

use fubako_proto::v1;
use tokio::task::spawn_blocking;

use crate::rpc::convert::disclosure;
use crate::rpc::error::Error;
use crate::rpc::gate::Call;
use crate::rpc::ledger::index;
use crate::rpc::page::{self, Listing};
use crate::vault::Vault;
use crate::vault::account::Account;

/// Which page of an account, and how.
pub(super) struct Reading<'a> {
    /// The call.
    pub(super) rpc: &'static str,
    /// Its size and token.
    pub(super) page: (i32, &'a str),
    /// Whether each release comes with its proof.
    pub(super) with_proofs: bool,
}

/// The releases of a page, and the token of the next.
pub(super) async fn read<M>(
    vault: &Arc<Vault>,
    call: &Call<M>,
    of: Account,
    reading: Reading<'_>,
) -> Result<(Vec<v1::PastDisclosure>, String), Error> {
    let filter = match &of {
        Account::Member(member) => member.as_bytes().to_vec(),
        Account::Party(party) => party.as_str().as_bytes().to_vec(),
    };
    let listing = Listing { vault, caller: &call.caller.name, rpc: reading.rpc, filter };
    let (size, token) = reading.page;
    let most = if reading.with_proofs { MOST_WITH_PROOFS } else { usize::MAX };
    let size = page::size(size)?.min(most);
    let after = listing.open(token)?.map(|key| index(&key)).transpose()?;
    vault.admit_to_account(&call.caller, &of, call.asserted)?;
    if after.is_none() {
        vault.begin_account(&call.caller, &of).await?;
    }
    let account = Arc::clone(vault);
    let read = spawn_blocking(move || account.account(&of, after, size));
    let mut page = read.await.map_err(|_| Error::BrokenOff)??;
    if reading.with_proofs {
        vault.prove_account(&mut page).await?;
    }
    let next = page.next.map(|index| listing.token(&index.to_be_bytes())).transpose()?;
    Ok((page.disclosures.into_iter().map(disclosure::of).collect(), next.unwrap_or_default()))
}

/// A proof has some two kilobytes.
const MOST_WITH_PROOFS: usize = 100;
