//! `fubako member collect`: a new member from a JSON file.

use std::path::PathBuf;

use clap::Args;
use fubako_proto::v1::{CollectMemberRequest, Text};
use serde_json::json;

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::files;
use crate::cli::member::fields::policy_fields;
use crate::cli::screen::Screen;
use crate::cli::value::places::Places;
use crate::cli::value::read::MemberFile;
use crate::cli::wire;

/// Creates a member.
#[derive(Args, Debug)]
pub(in crate::cli) struct Collect {
    /// The member's file; `-` for the standard input
    file: PathBuf,
    /// The member's id, a UUID of version 7 [default: that of the file, or the vault makes one]
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// How the values were collected, where the file does not say: website, email, mail, phone, fax or import
    #[arg(long, default_value = "website")]
    source: String,
    #[command(flatten)]
    connection: Connection,
}

impl Collect {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let member = MemberFile::parse(&files::read_text(&self.file)?)?;
        let client = self.connection.open().await?;
        let source = member.source.as_deref().unwrap_or(&self.source);
        let values = member.values(&policy_fields(&client).await?, source)?;
        let (stored, places) = (values.len(), Places::of(&values));
        let request = CollectMemberRequest {
            member_id: self.id.or(member.id),
            external_reference: member.reference.map(Text::new),
            values,
            ..CollectMemberRequest::default()
        };
        let answer = client.collect_member(request).await.map_err(|error| places.name(error))?;
        let receipt = answer.receipt.as_ref();
        screen.show(
            || {
                let receipt = wire::receipt_json(receipt);
                json!({ "member": answer.member_id, "revision": answer.revision, "receipt": receipt })
            },
            || format!("member {}\n{stored} values stored: {}", answer.member_id, wire::receipt_words(receipt)),
        )
    }
}

/// How to use it.
pub(super) const EXAMPLE: &str = r#"Example:
  fubako member collect - <<'END'
  {
    "reference": "customer-1024",
    "fields": {
      "name": { "name": "Hana Mori", "family": "Mori", "given": "Hana" },
      "email": "hana@example.jp",
      "phone": "+81 90-0000-1024",
      "birth_date": "1990-04-01",
      "address": { "country": "JP", "postal_code": "100-0001", "region": "Tokyo",
                   "locality": "Chiyoda", "lines": ["1-2-3"] },
      "card": { "pan": "4242 4242 4242 4242", "expiry": "2031-04", "holder": "HANA MORI" },
      "bank_account": { "bank_code": "9999", "branch_code": "001", "account_type": "ordinary",
                        "number": "1234567", "holder_kana": "モリ ハナ" }
    }
  }
  END
A list instead of a value fills several slots: "address": [{...}, {...}]."#;
