//! `fubako basis`: recording the legal bases that releases rest on.

use clap::{Args, Subcommand};
use fubako_proto::client::Client;
use fubako_proto::v1::{
    AllMembers, Basis, BasisTerms, EndBasisRequest, GetBasisRequest, GetPartyRequest, GetPolicyRequest,
    ListBasesRequest, RecordBasisRequest, RevokeBasisRequest, Scope, basis_terms,
};
use serde_json::{Value, json};

use crate::cli::connection::{Connection, MemberConnection};
use crate::cli::error::Error;
use crate::cli::scope::FieldForms;
use crate::cli::screen::{Screen, facts};
use crate::cli::usable;
use crate::cli::wire;

/// What to do with bases.
#[derive(Subcommand, Debug)]
pub(super) enum BasisCommand {
    /// Record a basis; it is live at once, or proposed where its kind takes approvals
    #[command(after_help = RECORD_EXAMPLE)]
    Record(Box<Record>),
    /// Withdraw a basis, such as a consent taken back; every later release on it is refused
    #[command(after_help = REVOKE_EXAMPLE)]
    Revoke(Revoke),
    /// End a basis that has served, such as a transaction that is complete
    End(One),
    /// Show one basis
    Get(One),
    /// List bases, oldest first
    List(List),
}

/// A basis to record.
#[derive(Args, Debug)]
pub(super) struct Record {
    /// transaction, contract, consent, settlement, dispute, emergency, legal-order or transfer
    kind: String,
    #[command(flatten)]
    subject: Subject,
    /// The party it binds
    #[arg(long, default_value_t)]
    party: String,
    /// A purpose it serves; repeat it for several
    #[arg(long = "purpose", required = true, value_name = "PURPOSE")]
    purposes: Vec<String>,
    /// What it covers at most, as `card:last4+brand`, or `address@1:full` for another slot than the first; repeat it for
    /// several. Left out, it narrows nothing; but a consent or a legal order then covers nothing
    #[arg(long = "scope", value_name = "FIELD:FORMS")]
    scope: Vec<FieldForms>,
    /// When it begins to be valid [default: now]
    #[arg(long, value_name = "INSTANT", value_parser = wire::instant)]
    from: Option<prost_types::Timestamp>,
    /// The first instant at which it is not valid any more [default: when it is revoked or ended]
    #[arg(long, value_name = "INSTANT", value_parser = wire::instant)]
    until: Option<prost_types::Timestamp>,
    /// The outside document: an order's number, a contract's title; needed for all kinds but transaction
    #[arg(long, default_value_t)]
    reference: String,
    /// The reference of the secrecy agreement, for a contract with one
    #[arg(long, default_value_t, value_name = "REFERENCE")]
    secrecy_agreement: String,
    #[command(flatten)]
    connection: Connection,
}

/// Whose data it is about.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Subject {
    /// The member it is about
    #[arg(long, value_name = "ID")]
    member: Option<String>,
    /// It is about every member, as contracts and transfers are
    #[arg(long)]
    all_members: bool,
}

/// A basis to withdraw.
#[derive(Args, Debug)]
pub(super) struct Revoke {
    /// The basis's id
    id: String,
    /// Why, for the ledger, without personal data
    #[arg(long, default_value_t)]
    reason: String,
    #[command(flatten)]
    connection: MemberConnection,
}

/// One basis.
#[derive(Args, Debug)]
pub(super) struct One {
    /// The basis's id
    id: String,
    #[command(flatten)]
    connection: Connection,
}

/// Which bases to list.
#[derive(Args, Debug)]
pub(super) struct List {
    /// Only those about this member
    #[arg(long, default_value_t, value_name = "ID")]
    member: String,
    /// Only those that bind this party
    #[arg(long, default_value_t, value_name = "ID")]
    party: String,
    #[command(flatten)]
    connection: Connection,
}

impl BasisCommand {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        match self {
            Self::Record(record) => record.run(screen).await,
            Self::Revoke(revoke) => revoke.run(screen).await,
            Self::End(one) => one.end(screen).await,
            Self::Get(one) => one.get(screen).await,
            Self::List(list) => list.run(screen).await,
        }
    }
}

impl Record {
    async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let subject = match self.subject.member {
            Some(member) => basis_terms::Subject::MemberId(member),
            None => basis_terms::Subject::AllMembers(AllMembers {}),
        };
        let items: Vec<_> = self.scope.into_iter().map(Into::into).collect();
        let terms = BasisTerms {
            kind: self.kind.clone(),
            subject: Some(subject),
            party_id: self.party,
            scope: (!items.is_empty()).then_some(Scope { items }),
            purposes: self.purposes,
            valid_from_time: self.from,
            valid_until_time: self.until,
            reference: self.reference,
            secrecy_agreement: self.secrecy_agreement,
        };
        let warnings = warnings(&client, &terms).await?;
        let request = RecordBasisRequest { terms: Some(terms), ..RecordBasisRequest::default() };
        let answer = client.record_basis(request).await?;
        let (state, receipt) = (wire::basis_state(answer.state()), answer.receipt.as_ref());
        screen.show(
            || {
                let receipt = wire::receipt_json(receipt);
                json!({
                    "basis": answer.basis_id, "state": state, "revision": answer.revision, "receipt": receipt,
                    "warnings": warnings,
                })
            },
            || {
                let told = format!("{} {} is {state}: {}", self.kind, answer.basis_id, wire::receipt_words(receipt));
                warnings.iter().fold(told, |told, warning| format!("{told}\nwarning: {warning}"))
            },
        )
    }
}

/// What is odd about a basis, by the policy in force; where that cannot be asked about, recording it says why.
async fn warnings(client: &Client, terms: &BasisTerms) -> Result<Vec<String>, Error> {
    let policy = wire::sent(client.get_policy(GetPolicyRequest { version: 0 }).await?.policy, "policy")?;
    let party = match terms.party_id.as_str() {
        "" => None,
        id => client.get_party(GetPartyRequest { party_id: id.to_owned() }).await.ok().and_then(|answer| answer.party),
    };
    let class = party.and_then(|party| party.details).map(|details| details.recipient_class);
    if class.is_none() && !terms.party_id.is_empty() {
        return Ok(Vec::new());
    }
    Ok(usable::warnings(terms, class.as_deref(), &policy))
}

impl Revoke {
    async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let request =
            RevokeBasisRequest { basis_id: self.id.clone(), reason: self.reason, ..RevokeBasisRequest::default() };
        let answer = client.revoke_basis(request).await?;
        changed(screen, &self.id, "revoked", answer.revision, answer.receipt.as_ref())
    }
}

impl One {
    async fn end(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let request = EndBasisRequest { basis_id: self.id.clone(), ..EndBasisRequest::default() };
        let answer = client.end_basis(request).await?;
        changed(screen, &self.id, "ended", answer.revision, answer.receipt.as_ref())
    }

    async fn get(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let answer = client.get_basis(GetBasisRequest { basis_id: self.id }).await?;
        let basis = wire::sent(answer.basis, "basis")?;
        screen.show(|| basis_json(&basis), || basis_words(&basis))
    }
}

impl List {
    async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let mut bases = Vec::new();
        let mut request = ListBasesRequest {
            page_size: PAGE,
            page_token: String::new(),
            member_id: self.member,
            party_id: self.party,
        };
        loop {
            let page = client.list_bases(request.clone()).await?;
            bases.extend(page.bases);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                break;
            }
        }
        screen.show(
            || bases.iter().map(basis_json).collect(),
            || {
                let mut table = screen.table(&["id", "kind", "member", "party", "purposes", "state", "until"]);
                for basis in &bases {
                    let terms = basis.terms.clone().unwrap_or_default();
                    table.add_row([
                        basis.basis_id.clone(),
                        terms.kind.clone(),
                        subject(&terms),
                        terms.party_id.clone(),
                        terms.purposes.join(" "),
                        wire::basis_state(basis.state()).to_owned(),
                        wire::time(terms.valid_until_time.as_ref()),
                    ]);
                }
                format!("{table}\n{} bases", bases.len())
            },
        )
    }
}

fn changed(
    screen: Screen,
    id: &str,
    state: &str,
    revision: u64,
    receipt: Option<&fubako_proto::v1::Receipt>,
) -> Result<(), Error> {
    screen.show(
        || json!({ "basis": id, "state": state, "revision": revision, "receipt": wire::receipt_json(receipt) }),
        || format!("basis {id} is {state}: {}", wire::receipt_words(receipt)),
    )
}

fn subject(terms: &BasisTerms) -> String {
    match &terms.subject {
        Some(basis_terms::Subject::MemberId(member)) => member.clone(),
        Some(basis_terms::Subject::AllMembers(_)) => "all".to_owned(),
        None => String::new(),
    }
}

/// Each item as it is written on the command line; nothing for a basis that does not narrow.
fn scope_words(terms: &BasisTerms) -> Option<Vec<String>> {
    let items = &terms.scope.as_ref()?.items;
    let slot = |slot: Option<u32>| slot.map_or_else(String::new, |slot| format!("@{slot}"));
    Some(items.iter().map(|item| format!("{}{}:{}", item.field, slot(item.slot), item.forms.join("+"))).collect())
}

fn basis_json(basis: &Basis) -> Value {
    let terms = basis.terms.clone().unwrap_or_default();
    json!({
        "id": basis.basis_id,
        "kind": terms.kind,
        "member": subject(&terms),
        "party": terms.party_id,
        "scope": scope_words(&terms),
        "purposes": terms.purposes,
        "valid_from": wire::time(terms.valid_from_time.as_ref()),
        "valid_until": wire::time(terms.valid_until_time.as_ref()),
        "reference": terms.reference,
        "secrecy_agreement": terms.secrecy_agreement,
        "state": wire::basis_state(basis.state()),
        "approvals_needed": basis.approvals_needed,
        "approvals": basis.approvals.iter().map(|approval| &approval.approver).collect::<Vec<_>>(),
        "revision": basis.revision,
        "create_time": wire::time(basis.create_time.as_ref()),
        "update_time": wire::time(basis.update_time.as_ref()),
    })
}

fn basis_words(basis: &Basis) -> String {
    let terms = basis.terms.clone().unwrap_or_default();
    let approvals = match basis.approvals_needed {
        0 => String::new(),
        needed => format!("{} of {needed} given", basis.approvals.len()),
    };
    facts(&[
        ("id", basis.basis_id.clone()),
        ("kind", terms.kind.clone()),
        ("member", subject(&terms)),
        ("party", terms.party_id.clone()),
        ("covers", scope_words(&terms).map_or_else(|| "what the policy shows".to_owned(), |items| items.join(" "))),
        ("purposes", terms.purposes.join(" ")),
        ("valid from", wire::time(terms.valid_from_time.as_ref())),
        ("valid until", wire::time(terms.valid_until_time.as_ref())),
        ("reference", terms.reference),
        ("secrecy", terms.secrecy_agreement),
        ("state", wire::basis_state(basis.state()).to_owned()),
        ("approvals", approvals),
        ("revision", basis.revision.to_string()),
        ("recorded", wire::time(basis.create_time.as_ref())),
    ])
}

const PAGE: i32 = 500;

const RECORD_EXAMPLE: &str = "Examples:
  A member buys from a seller, who may have the address until the deal is done:
    fubako basis record transaction --member ID --party aoyama-books --purpose transaction-with-seller

  A member consents to one company having one thing:
    fubako basis record consent --member ID --party minato-research --purpose consented-provision \\
      --scope email:full --reference \"consent form 12\"";

const REVOKE_EXAMPLE: &str = "Examples:
  As one who may record the kind, or as the privacy officer:
    fubako basis revoke ID --reason \"contract terminated\"

  As the portal, for a member who takes back a consent of their own:
    fubako basis revoke ID --assertion \"$ASSERTION\"";
