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
use crate::vault::account::{Account, Gaps};

/// Which page of an account, and how.
pub(super) struct Reading<'a> {
    /// The call.
    pub(super) rpc: &'static str,
    /// Its size and token.
    pub(super) page: (i32, &'a str),
    /// Whether each release comes with its proof.
    pub(super) with_proofs: bool,
}

/// A page of an account as it travels.
pub(super) struct Page {
    /// The releases.
    pub(super) disclosures: Vec<v1::PastDisclosure>,
    /// The token of the next page.
    pub(super) next_page_token: String,
    /// What is missing.
    pub(super) gaps: Option<v1::LedgerGaps>,
}

/// What the ledger cannot tell of any more, as it travels.
pub(super) fn gaps(vault: &Vault) -> Result<Option<v1::LedgerGaps>, Error> {
    let Gaps { forgotten, previous_origin } = vault.gaps()?;
    let previous_origin = previous_origin.unwrap_or_default();
    Ok(Some(v1::LedgerGaps { forgotten_entries: forgotten, previous_origin }))
}

/// A page of an account.
pub(super) async fn read<M>(
    vault: &Arc<Vault>,
    call: &Call<M>,
    of: Account,
    reading: Reading<'_>,
) -> Result<Page, Error> {
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
        // Before the entry that would be the first about nobody.
        expect_account(vault, of.clone()).await?;
        vault.begin_account(&call.caller, &of).await?;
    }
    let account = Arc::clone(vault);
    let read = spawn_blocking(move || account.account(&of, after, size));
    let mut page = read.await.map_err(|_| Error::BrokenOff)??;
    if reading.with_proofs {
        vault.prove_account(&mut page).await?;
    }
    let next = page.next.map(|index| listing.token(&index.to_be_bytes())).transpose()?;
    Ok(Page {
        disclosures: page.disclosures.into_iter().map(disclosure::of).collect(),
        next_page_token: next.unwrap_or_default(),
        gaps: gaps(vault)?,
    })
}

async fn expect_account(vault: &Arc<Vault>, of: Account) -> Result<(), Error> {
    let vault = Arc::clone(vault);
    Ok(spawn_blocking(move || vault.expect_account(&of)).await.map_err(|_| Error::BrokenOff)??)
}

/// A proof has some two kilobytes.
const MOST_WITH_PROOFS: usize = 100;
