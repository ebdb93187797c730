//! `fubako backup list` and `fubako backup forget`: the copies on record.

use clap::Args;
use fubako_proto::v1::{Copy, CopyKind, ForgetCopyRequest, GetCopiesRequest};
use serde_json::{Value, json};

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::screen::Screen;
use crate::cli::wire;

/// Which copies there are.
#[derive(Args, Debug)]
pub(in crate::cli) struct List {
    #[command(flatten)]
    connection: Connection,
}

/// A copy that was destroyed.
#[derive(Args, Debug)]
pub(in crate::cli) struct Forget {
    /// The copy's id
    id: String,
    /// How it was destroyed, for the ledger, without personal data
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    connection: Connection,
}

impl List {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let copies = self.connection.open().await?.get_copies(GetCopiesRequest {}).await?.copies;
        screen.show(|| copies.iter().map(copy_json).collect(), || told(screen, &copies))
    }
}

impl Forget {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let (copy_id, reason) = (self.id.clone(), self.reason);
        let request = ForgetCopyRequest { copy_id, reason, ..ForgetCopyRequest::default() };
        let receipt = client.forget_copy(request).await?.receipt;
        screen.show(
            || json!({ "copy_id": self.id, "receipt": wire::receipt_json(receipt.as_ref()) }),
            || format!("copy {} is on record as destroyed: {}", self.id, wire::receipt_words(receipt.as_ref())),
        )
    }
}

fn copy_json(copy: &Copy) -> Value {
    json!({
        "copy_id": copy.copy_id, "of": of(copy), "whole": copy.whole,
        "begin_time": wire::time(copy.begin_time.as_ref()), "keep_until": wire::time(copy.keep_until_time.as_ref()),
        "keyring_generation": copy.keyring_generation, "entries": copy.entries, "caller": copy.caller,
        "holder": copy.holder, "classes": copy.classes,
    })
}

fn told(screen: Screen, copies: &[Copy]) -> String {
    if copies.is_empty() {
        return "no copies are on record".to_owned();
    }
    let mut table = screen.table(&["id", "of", "whole", "begun", "kept until", "keyring", "entries", "by", "given to"]);
    for copy in copies {
        table.add_row([
            copy.copy_id.clone(),
            of(copy).to_owned(),
            if copy.whole { "yes" } else { "no" }.to_owned(),
            wire::time(copy.begin_time.as_ref()),
            wire::time(copy.keep_until_time.as_ref()),
            copy.keyring_generation.to_string(),
            copy.entries.to_string(),
            copy.caller.clone(),
            given(copy),
        ]);
    }
    table.to_string()
}

/// Who has a scoped keyring, and which classes it opens.
fn given(copy: &Copy) -> String {
    if copy.holder.is_empty() { String::new() } else { format!("{}: {}", copy.holder, copy.classes.join(" ")) }
}

fn of(copy: &Copy) -> &'static str {
    match copy.kind() {
        CopyKind::Vault => "vault",
        CopyKind::Keyring => "keyring",
        CopyKind::ScopedKeyring => "scoped keyring",
        CopyKind::Unspecified => "",
    }
}

pub(super) const EXAMPLE: &str = "Example:
  fubako backup forget 0192f3a4-5b6c-7d8e-9f01-23456789abcd --reason \"tape 7 shredded\"

A key version is not destroyed while a backup that may need it, or a scoped keyring that holds it, is on record and not past \
its time.";
