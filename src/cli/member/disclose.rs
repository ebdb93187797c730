//! `fubako member disclose`: a member's view for a recipient and a purpose, or what would come of asking for it.

use clap::Args;
use fubako_proto::client::Client;
use fubako_proto::v1::{CheckOutcome, DiscloseRequest, ExplainRequest, ExplainResponse, Narrowing, Recipient};
use serde_json::{Value, json};

use crate::cli::connection::MemberConnection;
use crate::cli::error::Error;
use crate::cli::scope::FieldForms;
use crate::cli::screen::{Screen, facts};
use crate::cli::view::{place, view_json, view_words, withheld_json, withheld_words};
use crate::cli::wire;

/// Releases a view.
#[derive(Args, Debug)]
pub(in crate::cli) struct Disclose {
    /// The member
    id: String,
    /// What the data is for: a purpose of the policy
    #[arg(long)]
    purpose: String,
    /// Who it is for: `marketplace`, `member`, `public`, or a registered party's id
    #[arg(long, value_name = "RECIPIENT", value_parser = recipient)]
    to: Recipient,
    /// A basis the release rests on; repeat it for several
    #[arg(long = "basis", value_name = "ID")]
    bases: Vec<String>,
    /// A part of the view that is enough, as `address:full` or `card:last4+brand`; repeat it for several [default: all of
    /// it]
    #[arg(long = "only", value_name = "FIELD:FORMS")]
    only: Vec<FieldForms>,
    /// Tell check by check what would come of it, and release nothing; the exit code is 0 also where it would be refused
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    connection: MemberConnection,
}

impl Disclose {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let wanted = self.only.into_iter().map(FieldForms::into_request).collect::<Result<Vec<_>, _>>();
        let fields = wanted.map_err(|why| Error::argument("--only", why))?;
        let request = DiscloseRequest {
            purpose: self.purpose,
            recipient: Some(self.to),
            basis_ids: self.bases,
            member_id: self.id,
            narrowing: (!fields.is_empty()).then_some(Narrowing { fields }),
        };
        if self.explain { explain(&client, request, screen).await } else { disclose(&client, request, screen).await }
    }
}

async fn disclose(client: &Client, request: DiscloseRequest, screen: Screen) -> Result<(), Error> {
    let answer = client.disclose(request).await?;
    let view = wire::sent(answer.view, "view")?;
    let receipt = answer.receipt.as_ref();
    screen.show(
        || json!({ "view": view_json(&view), "receipt": wire::receipt_json(receipt) }),
        || view_words(screen, &view, receipt),
    )
}

async fn explain(client: &Client, request: DiscloseRequest, screen: Screen) -> Result<(), Error> {
    let DiscloseRequest { purpose, recipient, basis_ids, member_id, narrowing } = request;
    let answer = client.explain(ExplainRequest { purpose, recipient, basis_ids, member_id, narrowing }).await?;
    screen.show(|| explanation_json(&answer), || explanation_words(screen, &answer))
}

fn explanation_json(answer: &ExplainResponse) -> Value {
    let checks = answer.checks.iter().map(|check| {
        let outcome = outcome(check.outcome());
        json!({ "check": check.check, "outcome": outcome, "rule": check.rule, "reason": check.reason })
    });
    let fields =
        answer.fields.iter().map(|field| json!({ "field": field.field, "slot": field.slot, "forms": field.forms }));
    json!({
        "checks": checks.collect::<Vec<_>>(),
        "fields": fields.collect::<Vec<_>>(),
        "withheld": answer.withheld.iter().map(withheld_json).collect::<Vec<_>>(),
        "terms": answer.terms,
        "policy_version": answer.policy_version,
        "receipt": wire::receipt_json(answer.receipt.as_ref()),
    })
}

fn explanation_words(screen: Screen, answer: &ExplainResponse) -> String {
    let mut checks = screen.table(&["check", "outcome", "rule"]);
    for check in &answer.checks {
        let reason = if check.reason.is_empty() { String::new() } else { format!("{}: ", check.reason) };
        checks.add_row([check.check.clone(), outcome(check.outcome()).to_owned(), format!("{reason}{}", check.rule)]);
    }
    let mut fields = screen.table(&["field", "would show"]);
    for field in &answer.fields {
        fields.add_row([place(&field.field, field.slot), field.forms.join(" + ")]);
    }
    for withheld in &answer.withheld {
        fields.add_row([place(&withheld.field, withheld.slot), withheld_words(withheld)]);
    }
    let facts = facts(&[("terms", answer.terms.join(", "))]);
    if fields.is_empty() { format!("{checks}\n") } else { format!("{checks}\n{fields}\n{facts}") }
}

fn outcome(outcome: CheckOutcome) -> &'static str {
    match outcome {
        CheckOutcome::Unspecified => "unknown",
        CheckOutcome::Passed => "passed",
        CheckOutcome::Failed => "failed",
        CheckOutcome::NotMade => "not made",
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of a value parser")]
fn recipient(text: &str) -> Result<Recipient, String> {
    Ok(match text {
        "marketplace" => Recipient::marketplace(),
        "member" => Recipient::member(),
        "public" => Recipient::public(),
        party => Recipient::party(party),
    })
}

/// How to use it.
pub(super) const EXAMPLE: &str = "Examples:
  The seller of a transaction:
    fubako member disclose ID --purpose transaction-with-seller --to aoyama-books --basis ID

  Only as much as the parcel's label needs:
    fubako member disclose ID --purpose delivery --to marketplace --basis ID --only name:full --only address:full

  Why was it refused?
    fubako member disclose ID --purpose delivery --to marketplace --explain";
