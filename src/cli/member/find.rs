//! `fubako member find`: members by what is known of them.

use clap::Args;
use fubako_proto::v1::FindMemberRequest;
use fubako_proto::v1::find_member_request::Key;
use serde_json::json;

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::screen::Screen;
use crate::cli::value::read::text_or_input;
use crate::cli::wire;

/// Finds members; the answer is ids, never values. Where nobody is found, it ends with 1.
#[derive(Args, Debug)]
pub(in crate::cli) struct Find {
    #[command(flatten)]
    key: KeyArgs,
    /// The purpose
    #[arg(long, default_value = "member-search")]
    purpose: String,
    #[command(flatten)]
    connection: Connection,
}

/// What is known; `-` reads it from the standard input.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct KeyArgs {
    /// An e-mail address; `-` reads it from the standard input
    #[arg(long)]
    email: Option<String>,
    /// A phone number with its country code; `-` reads it from the standard input
    #[arg(long)]
    phone: Option<String>,
    /// The member's name in your own system; `-` reads it from the standard input
    #[arg(long)]
    reference: Option<String>,
}

impl KeyArgs {
    fn key(self) -> Result<Option<Key>, Error> {
        Ok(match self {
            Self { email: Some(email), .. } => Some(Key::Email(text_or_input(&email)?)),
            Self { phone: Some(phone), .. } => Some(Key::Phone(text_or_input(&phone)?)),
            Self { reference: Some(reference), .. } => Some(Key::ExternalReference(text_or_input(&reference)?)),
            Self { email: None, phone: None, reference: None } => None,
        })
    }
}

impl Find {
    pub(super) async fn run(self, screen: Screen) -> Result<Exit, Error> {
        let request = FindMemberRequest { purpose: self.purpose, key: self.key.key()? };
        let client = self.connection.open().await?;
        let answer = client.find_member(request).await?;
        if answer.member_ids.is_empty() {
            screen.note("nobody is found by that");
            return Ok(Exit::Failed);
        }
        screen.show(
            || json!({ "members": answer.member_ids, "receipt": wire::receipt_json(answer.receipt.as_ref()) }),
            || answer.member_ids.join("\n"),
        )?;
        Ok(Exit::Done)
    }
}
