//! `fubako member erasure` and `hold`: how gone an erased member is, and who must not be erased.

use std::path::PathBuf;

use clap::Args;
use fubako_proto::v1::{ErasureLevel, GetErasureRequest, GetErasureResponse, SetHoldRequest};
use serde_json::{Value, json};

use crate::cli::connection::{Connection, MemberConnection};
use crate::cli::error::Error;
use crate::cli::files::{self, Readers};
use crate::cli::screen::{Screen, facts};
use crate::cli::wire;

/// Whose erasure to tell of.
#[derive(Args, Debug)]
pub(in crate::cli) struct Erasure {
    /// The member who was erased
    id: String,
    /// Write the certificate to this file: a signed note that any tool can check with the ledger's key
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    connection: MemberConnection,
}

/// Whom to hold, or no longer.
#[derive(Args, Debug)]
pub(in crate::cli) struct Hold {
    /// The member
    id: String,
    /// Lift the hold
    #[arg(long)]
    lift: bool,
    /// Why, for the ledger, without personal data, such as the number of a case
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    connection: Connection,
}

impl Erasure {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let request = GetErasureRequest { member_id: self.id.clone(), slot: None };
        let answer = client.get_erasure(request).await?;
        if let Some(file) = &self.output {
            if answer.level() == ErasureLevel::Pending {
                return Err(Error::argument("--output", "the erasure is pending; it is certified once it is done"));
            }
            files::write_new(file, answer.certificate.as_bytes(), Readers::Everybody)?;
        }
        screen.show(|| json_of(&self.id, &answer), || words(&self.id, &answer))
    }
}

impl Hold {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let (member_id, held, reason) = (self.id.clone(), !self.lift, self.reason);
        let answer = client.set_hold(SetHoldRequest { member_id, held, reason, ..SetHoldRequest::default() }).await?;
        let receipt = answer.receipt.as_ref();
        let state = if held { "held: nothing of theirs is erased" } else { "not held any more" };
        screen.show(
            || json!({ "member": self.id, "held": held, "receipt": wire::receipt_json(receipt) }),
            || format!("member {} is {state}: {}", self.id, wire::receipt_words(receipt)),
        )
    }
}

fn json_of(member: &str, erasure: &GetErasureResponse) -> Value {
    let keys = erasure
        .keys
        .iter()
        .map(|key| json!({ "key": key.key, "through_version": key.through_version, "left": key.left_count }));
    let copies = erasure.copies.iter().map(|copy| {
        let keep_until = wire::time(copy.keep_until_time.as_ref());
        json!({ "copy_id": copy.copy_id, "exported": copy.exported, "keep_until": keep_until })
    });
    let roots = erasure.roots.iter().map(|root| {
        let (in_force, provable) = (root.in_force, root.provable);
        json!({ "root_id": root.root_id, "kind": root.root_kind, "in_force": in_force, "provable": provable })
    });
    json!({
        "member": member,
        "level": wire::erasure_level(erasure.level()),
        "erase_time": wire::time(erasure.erase_time.as_ref()),
        "erasure_entry_id": erasure.erasure_entry_id,
        "keys": keys.collect::<Vec<_>>(),
        "copies": copies.collect::<Vec<_>>(),
        "roots": roots.collect::<Vec<_>>(),
        "next_level": erasure.next_level().ne(&ErasureLevel::Unspecified).then(|| wire::erasure_level(erasure.next_level())),
        "next_level_time": wire::time(erasure.next_level_time.as_ref()),
        "next_level_needs": erasure.next_level_needs,
        "keep_until_time": wire::time(erasure.keep_until_time.as_ref()),
        "certificate": erasure.certificate,
    })
}

fn words(member: &str, erasure: &GetErasureResponse) -> String {
    let left = erasure.keys.iter().filter(|key| key.left_count > 0);
    let left: Vec<String> = left.map(|key| format!("{} to {}", key.key, key.through_version)).collect();
    let pending = erasure.level() == ErasureLevel::Pending;
    let when = format!("{} (entry {})", wire::time(erasure.erase_time.as_ref()), erasure.erasure_entry_id);
    facts(&[
        ("member", member.to_owned()),
        ("level", wire::erasure_level(erasure.level()).to_owned()),
        (if pending { "asked for" } else { "erased" }, when.trim_start().to_owned()),
        ("keys left", left.join(", ")),
        ("next", erasure.next_level_needs.clone()),
        ("due", wire::time(erasure.next_level_time.as_ref())),
        ("kept by law", wire::time(erasure.keep_until_time.as_ref())),
    ])
}

pub(super) const ERASURE_EXAMPLE: &str = "Examples:
  fubako member erasure ID
  fubako member erasure ID --output erased.txt

`pending`: the grace period lasts, and `fubako member erase --cancel` takes the erasure back. `erased`: gone from the live store. `shredded`: every version of a class or index key that can have sealed anything of the \
member is destroyed, by `fubako keys rotate` and `destroy` for each class and for the index, and no scoped keyring that holds \
one is within its term. `final`: no copy of the keyring on record holds one either, and every root key that ever sealed one is \
proved to be destroyed; out of reach where one was a file, a passphrase or shares, of which nobody knows who has a copy.";

pub(super) const HOLD_EXAMPLE: &str = "Examples:
  fubako member hold ID --reason \"case 2026-77\"
  fubako member hold ID --lift --reason \"case 2026-77 closed\"";
