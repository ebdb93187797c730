//! The demo's world: a client for every caller, and the receipts everyone was given.

use std::collections::HashMap;
use std::net::SocketAddr;

use fubako_proto::client::Client;
use fubako_proto::v1::Receipt;

use crate::cli::clock::now;
use crate::cli::dev::callers::CALLERS;
use crate::cli::dev::kit::{IssuerKey, Kit};
use crate::cli::error::Error;
use crate::cli::progress::Progress;
use crate::cli::sample;
use crate::policy::table::Policy;

/// Everyone who calls, and what they hold.
pub(super) struct World {
    clients: HashMap<&'static str, Client>,
    issuer: IssuerKey,
    policy: Policy,
    receipts: Vec<Receipt>,
    progress: Progress,
}

impl World {
    /// Connects a client for every sample caller to the server at that address.
    pub(super) async fn connect(kit: &Kit, server: SocketAddr) -> Result<Self, Error> {
        let mut clients = HashMap::with_capacity(CALLERS.len());
        for caller in CALLERS {
            clients.insert(caller.name, kit.connection(server, caller).open().await?);
        }
        let (issuer, policy, progress) = (kit.issuer_key()?, sample::policy()?, Progress::of(STEPS, "playing"));
        Ok(Self { clients, issuer, policy, receipts: Vec::new(), progress })
    }

    /// The policy everyone plays by.
    pub(super) const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// One caller's client.
    pub(super) fn client(&self, caller: &str) -> Result<Client, Error> {
        let client = self.clients.get(caller).cloned();
        client.ok_or_else(|| Error::argument("the demo", format!("it has no caller `{caller}`")))
    }

    /// The portal's client, with a member's own assertion.
    pub(super) fn portal_of(&self, member: &str) -> Result<Client, Error> {
        let assertion = self.issuer.assertion(member, now())?;
        Ok(self.client("portal")?.with_member_assertion(&assertion)?)
    }

    /// Keeps a receipt to hold against the ledger, and counts a step.
    pub(super) fn keep(&mut self, receipt: Option<Receipt>) {
        self.receipts.extend(receipt);
        self.progress.step();
    }

    /// Clears the terminal of the progress bar, before anything is printed.
    pub(super) fn finish(&self) {
        self.progress.finish();
    }

    /// Every receipt given so far.
    pub(super) fn receipts(&self) -> &[Receipt] {
        &self.receipts
    }
}

/// About how many calls there are.
const STEPS: u64 = 160;
