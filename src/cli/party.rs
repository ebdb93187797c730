//! `fubako party`: registering the parties data may go to, and stopping them.

use clap::{Args, Subcommand};
use fubako_proto::v1::{
    GetPartyRequest, ListPartiesRequest, Party, PartyDetails, PartyState, RegisterPartyRequest, SetPartyStateRequest,
};
use serde_json::{Value, json};

use crate::cli::account;
use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::screen::{Screen, facts};
use crate::cli::wire;

/// What to do with parties.
#[derive(Subcommand, Debug)]
pub(super) enum PartyCommand {
    /// Register a party; it may receive at once what the policy and its bases allow
    #[command(after_help = REGISTER_EXAMPLE)]
    Register(Box<Register>),
    /// List the registered parties
    List(List),
    /// Show one party
    Get(One),
    /// Show every release to a party: about whom, what, for what, when
    #[command(after_help = account::PARTY_EXAMPLE)]
    Disclosures(account::OfParty),
    /// Stop every release to a party, for now
    Suspend(One),
    /// Let a suspended party receive again
    Resume(One),
    /// Stop every release to a party, for ever
    End(One),
}

/// A party to register.
#[derive(Args, Debug)]
pub(super) struct Register {
    /// What the vault calls it: a-z, 0-9, `-`, `_` and `.`; never used again for another
    id: String,
    /// Its recipient class: seller, subcontractor, partner, card-company, financial-institution, successor, authority or
    /// dispute-party
    #[arg(long)]
    class: String,
    /// The name people know it by
    #[arg(long)]
    name: String,
    /// Its name in the commercial register, if another
    #[arg(long, default_value_t)]
    legal_name: String,
    /// Where it sits
    #[arg(long)]
    address: String,
    /// Who represents it
    #[arg(long)]
    representative: String,
    /// The country it receives data in, two capitals (ISO 3166-1); a row of the policy says where data may go
    #[arg(long)]
    country: String,
    /// The identity in the certificate it calls with, if it calls itself: `spiffe://...` or a DNS name. Without it, what
    /// only the party itself may have, such as a card in full, cannot be released to it
    #[arg(long, default_value_t)]
    identity: String,
    #[command(flatten)]
    connection: Connection,
}

/// Which parties to list.
#[derive(Args, Debug)]
pub(super) struct List {
    /// Only those of this recipient class
    #[arg(long, default_value_t)]
    class: String,
    #[command(flatten)]
    connection: Connection,
}

/// One party.
#[derive(Args, Debug)]
pub(super) struct One {
    /// The party's id
    id: String,
    #[command(flatten)]
    connection: Connection,
}

impl PartyCommand {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        match self {
            Self::Register(register) => register.run(screen).await,
            Self::List(list) => list.run(screen).await,
            Self::Get(one) => one.get(screen).await,
            Self::Disclosures(command) => command.run(screen).await,
            Self::Suspend(one) => one.set(PartyState::Suspended, screen).await,
            Self::Resume(one) => one.set(PartyState::Active, screen).await,
            Self::End(one) => one.set(PartyState::Ended, screen).await,
        }
    }
}

impl Register {
    async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let details = PartyDetails {
            party_id: self.id.clone(),
            recipient_class: self.class.clone(),
            name: self.name,
            legal_name: self.legal_name,
            address: self.address,
            representative: self.representative,
            country: self.country,
            certificate_identity: self.identity,
            hpke_public_key: Vec::new(),
        };
        let request = RegisterPartyRequest { details: Some(details), ..RegisterPartyRequest::default() };
        let answer = client.register_party(request).await?;
        let receipt = answer.receipt.as_ref();
        screen.show(
            || json!({ "party": self.id, "revision": answer.revision, "receipt": wire::receipt_json(receipt) }),
            || format!("registered `{}` as {}: {}", self.id, self.class, wire::receipt_words(receipt)),
        )
    }
}

impl List {
    async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let mut parties = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = ListPartiesRequest { page_size: PAGE, page_token, recipient_class: self.class.clone() };
            let page = client.list_parties(request).await?;
            parties.extend(page.parties);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        screen.show(
            || parties.iter().map(party_json).collect(),
            || {
                let mut table = screen.table(&["id", "class", "name", "country", "state"]);
                for party in &parties {
                    let details = party.details.clone().unwrap_or_default();
                    let state = wire::party_state(party.state()).to_owned();
                    table.add_row([details.party_id, details.recipient_class, details.name, details.country, state]);
                }
                format!("{table}\n{} parties", parties.len())
            },
        )
    }
}

impl One {
    async fn get(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let answer = client.get_party(GetPartyRequest { party_id: self.id }).await?;
        let party = wire::sent(answer.party, "party")?;
        screen.show(|| party_json(&party), || party_words(&party))
    }

    async fn set(self, state: PartyState, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let mut request = SetPartyStateRequest { party_id: self.id.clone(), ..SetPartyStateRequest::default() };
        request.set_state(state);
        let answer = client.set_party_state(request).await?;
        let (name, receipt) = (wire::party_state(state), answer.receipt.as_ref());
        screen.show(
            || {
                let receipt = wire::receipt_json(receipt);
                json!({ "party": self.id, "state": name, "revision": answer.revision, "receipt": receipt })
            },
            || format!("`{}` is {name}: {}", self.id, wire::receipt_words(receipt)),
        )
    }
}

fn party_json(party: &Party) -> Value {
    let details = party.details.clone().unwrap_or_default();
    json!({
        "id": details.party_id,
        "class": details.recipient_class,
        "name": details.name,
        "legal_name": details.legal_name,
        "address": details.address,
        "representative": details.representative,
        "country": details.country,
        "identity": details.certificate_identity,
        "state": wire::party_state(party.state()),
        "revision": party.revision,
        "create_time": wire::time(party.create_time.as_ref()),
        "update_time": wire::time(party.update_time.as_ref()),
    })
}

fn party_words(party: &Party) -> String {
    let details = party.details.clone().unwrap_or_default();
    facts(&[
        ("id", details.party_id),
        ("class", details.recipient_class),
        ("name", details.name),
        ("legal name", details.legal_name),
        ("address", details.address),
        ("representative", details.representative),
        ("country", details.country),
        ("identity", details.certificate_identity),
        ("state", wire::party_state(party.state()).to_owned()),
        ("revision", party.revision.to_string()),
        ("registered", wire::time(party.create_time.as_ref())),
        ("changed", wire::time(party.update_time.as_ref())),
    ])
}

const PAGE: i32 = 500;

const REGISTER_EXAMPLE: &str = "Example:
  fubako party register aoyama-books --class seller --name \"Aoyama Books\" \\
    --address \"1-2-3 Aoyama, Tokyo\" --representative \"Ken Aoyama\" --country JP

A party that asks for itself is registered with the identity in its certificate:
  fubako party register hoshi-card --class card-company --name \"Hoshi Card\" --address \"8-9, Tokyo\" \\
    --representative \"Ichiro Hoshi\" --country JP --identity spiffe://fubako.test/hoshi-card";
