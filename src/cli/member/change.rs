//! `fubako member correct` and `remove`: changing what is stored.

use std::path::PathBuf;

use clap::Args;
use fubako_proto::v1::{CorrectMemberRequest, Receipt, RemoveFieldsRequest, SlotName};
use serde_json::json;

use crate::cli::connection::MemberConnection;
use crate::cli::error::Error;
use crate::cli::files;
use crate::cli::member::fields::policy_fields;
use crate::cli::scope::field_and_slot;
use crate::cli::screen::Screen;
use crate::cli::value::places::Places;
use crate::cli::value::read::MemberFile;
use crate::cli::view::place;
use crate::cli::wire;

/// Stores values in the place of others.
#[derive(Args, Debug)]
pub(in crate::cli) struct Correct {
    /// The member
    id: String,
    /// A file like that of `collect`, without `reference`, with the fields that change; `-` for the standard input
    file: PathBuf,
    /// How the values were collected, where the file does not say: website, email, mail, phone, fax or import
    #[arg(long, default_value = "website")]
    source: String,
    /// The revision this change was made from; refused if it has moved on [default: not checked]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    revision: u64,
    #[command(flatten)]
    connection: MemberConnection,
}

/// Removes values.
#[derive(Args, Debug)]
pub(in crate::cli) struct Remove {
    /// The member
    id: String,
    /// The fields to empty, as `address`, or `address@1` for another slot than the first
    #[arg(required = true, value_parser = slot)]
    fields: Vec<SlotName>,
    /// The revision this change was made from; refused if it has moved on [default: not checked]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    revision: u64,
    #[command(flatten)]
    connection: MemberConnection,
}

impl Correct {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let change = MemberFile::parse(&files::read_text(&self.file)?)?;
        if change.reference.is_some() {
            let why = "a member keeps the `reference` they were collected under; leave it out";
            return Err(Error::argument("the member's file", why));
        }
        let client = self.connection.open().await?;
        let source = change.source.as_deref().unwrap_or(&self.source);
        let values = change.values(&policy_fields(&client).await?, source)?;
        let places = Places::of(&values);
        let (member_id, expected_revision) = (self.id.clone(), self.revision);
        let request = CorrectMemberRequest { member_id, expected_revision, values, ..CorrectMemberRequest::default() };
        let answer = client.correct_member(request).await.map_err(|error| places.name(error))?;
        tell(screen, &self.id, answer.revision, answer.receipt.as_ref())
    }
}

impl Remove {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let request = RemoveFieldsRequest {
            member_id: self.id.clone(),
            expected_revision: self.revision,
            slots: self.fields.clone(),
            ..RemoveFieldsRequest::default()
        };
        let answer = client.remove_fields(request).await?;
        let emptied: Vec<String> = self.fields.iter().map(|slot| place(&slot.field, slot.slot)).collect();
        let (member, revision, receipt) = (&self.id, answer.revision, answer.receipt.as_ref());
        screen.show(
            || {
                let receipt = wire::receipt_json(receipt);
                json!({ "member": member, "emptied": emptied, "revision": revision, "receipt": receipt })
            },
            || {
                let (fields, receipt) = (emptied.join(", "), wire::receipt_words(receipt));
                format!("member {member} has no {fields} any more; revision {revision}: {receipt}")
            },
        )
    }
}

fn slot(text: &str) -> Result<SlotName, &'static str> {
    let (field, slot) = field_and_slot(text)?;
    Ok(SlotName { field, slot: slot.unwrap_or_default() })
}

fn tell(screen: Screen, member: &str, revision: u64, receipt: Option<&Receipt>) -> Result<(), Error> {
    screen.show(
        || json!({ "member": member, "revision": revision, "receipt": wire::receipt_json(receipt) }),
        || format!("member {member} is at revision {revision}: {}", wire::receipt_words(receipt)),
    )
}
