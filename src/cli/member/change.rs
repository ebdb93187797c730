//! `fubako member correct` and `remove`: changing what is stored.

use std::path::PathBuf;

use clap::Args;
use fubako_proto::v1::{CorrectMemberRequest, Receipt, RemoveFieldsRequest, SlotName};
use serde_json::json;

use crate::cli::error::Error;
use crate::cli::files;
use crate::cli::member::connection::{MemberConnection, policy_fields};
use crate::cli::screen::Screen;
use crate::cli::value::read::MemberFile;
use crate::cli::wire;

/// Stores values in the place of others.
#[derive(Args, Debug)]
pub(in crate::cli) struct Correct {
    /// The member
    id: String,
    /// A file like that of `collect`, with the fields that change; `-` for the standard input
    file: PathBuf,
    /// How the values were collected, where the file does not say
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
    /// The fields to empty, with `@slot` for another slot than the first
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
        let client = self.connection.open().await?;
        let source = change.source.as_deref().unwrap_or(&self.source);
        let request = CorrectMemberRequest {
            member_id: self.id.clone(),
            expected_revision: self.revision,
            values: change.values(&policy_fields(&client).await?, source)?,
            ..CorrectMemberRequest::default()
        };
        let answer = client.correct_member(request).await?;
        tell(screen, &self.id, answer.revision, answer.receipt.as_ref())
    }
}

impl Remove {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let request = RemoveFieldsRequest {
            member_id: self.id.clone(),
            expected_revision: self.revision,
            slots: self.fields,
            ..RemoveFieldsRequest::default()
        };
        let answer = client.remove_fields(request).await?;
        tell(screen, &self.id, answer.revision, answer.receipt.as_ref())
    }
}

fn slot(text: &str) -> Result<SlotName, &'static str> {
    let (field, slot) = text.split_once('@').unwrap_or((text, "0"));
    let slot = slot.parse().map_err(|_| "the slot after `@` must be a number")?;
    Ok(SlotName { field: field.to_owned(), slot })
}

fn tell(screen: Screen, member: &str, revision: u64, receipt: Option<&Receipt>) -> Result<(), Error> {
    screen.show(
        || json!({ "member": member, "revision": revision, "receipt": wire::receipt_json(receipt) }),
        || format!("member {member} is at revision {revision}: {}", wire::receipt_words(receipt)),
    )
}
