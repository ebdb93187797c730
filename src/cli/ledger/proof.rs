//! `fubako ledger prove` and `check-proof`: an entry shown to be in the ledger, to somebody who does not trust the vault.

use std::path::{Path, PathBuf};

use clap::Args;
use fubako_proto::v1::ProveEntryRequest;
use fubako_proto::v1::prove_entry_request::Entry;
use serde_json::{Value, json};

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::files::{self, Readers};
use crate::cli::screen::{Screen, facts, print};
use crate::ledger::entry::Beside;
use crate::ledger::event::Event;
use crate::ledger::note::NoteKeys;
use crate::ledger::tlog_proof::{self, ProvedEntry};
use crate::model::ids::{BasisId, EntryId, MemberId};

/// Which entry to prove.
#[derive(Args, Debug)]
pub(in crate::cli) struct Prove {
    /// The entry: its place in the ledger, or its id, as a receipt has them
    #[arg(value_name = "ENTRY")]
    entry: String,
    /// Where to write the proof; the standard output, if it is not given
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

/// Which proof to check, with which key.
#[derive(Args, Debug)]
pub(in crate::cli) struct CheckProof {
    /// The proof; - for the standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The ledger's verifier key, or the file it stands in
    #[arg(long, env = "FUBAKO_LEDGER_KEY", value_name = "KEY|FILE")]
    key: String,
    /// The member the entry has to be about; needs --salt
    #[arg(long, value_name = "ID", requires = "salt")]
    member: Option<String>,
    /// The salt of the entry's member commitment, in hexadecimal, as an auditor is told it
    #[arg(long, value_name = "HEX", requires = "member")]
    salt: Option<String>,
}

impl Prove {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let entry = match self.entry.parse() {
            Ok(index) => Entry::Index(index),
            Err(_) => Entry::EntryId(self.entry),
        };
        let proved = client.prove_entry(ProveEntryRequest { entry: Some(entry) }).await?;
        let Some(file) = self.output else {
            let salt = hex::encode(&proved.member_salt);
            return if screen.is_json() {
                screen.show(|| json!({ "proof": proved.proof, "member_salt": salt }), String::new)
            } else {
                print(&proved.proof)
            };
        };
        files::write_new(&file, &proved.proof, Readers::Everybody)?;
        let index = proved.entry.map(|entry| entry.index);
        screen.show(
            || json!({ "file": file, "index": index, "member_salt": hex::encode(&proved.member_salt) }),
            || format!("the proof is in `{}`", file.display()),
        )
    }
}

impl CheckProof {
    pub(super) fn run(&self, screen: Screen) -> Result<(), Error> {
        let keys = verifier_keys("--key", &self.key)?;
        let text = files::read_text(&self.file)?;
        let proved = tlog_proof::check(&text, &keys)?;
        if let (Some(member), Some(salt)) = (&self.member, &self.salt) {
            check_member(&proved, member, salt)?;
        }
        screen.show(|| to_json(&proved), || told(&proved))
    }
}

/// Verifier keys as text, or out of a file.
pub(super) fn verifier_keys(flag: &'static str, text: &str) -> Result<NoteKeys, Error> {
    if let Ok(keys) = NoteKeys::parse(text) {
        return Ok(keys);
    }
    let in_file = files::read_text(Path::new(text))?;
    NoteKeys::parse(&in_file)
        .map_err(|why| Error::argument(flag, format!("{why}; `fubako ledger checkpoint --key-only` prints it")))
}

fn check_member(proved: &ProvedEntry, member: &str, salt: &str) -> Result<(), Error> {
    let member = MemberId::parse(member).map_err(|why| Error::argument("--member", why))?;
    let bytes = hex::decode(salt).ok().and_then(|bytes| bytes.try_into().ok());
    let salt = bytes.ok_or_else(|| Error::argument("--salt", "write 32 hexadecimal digits"))?;
    let is_about = Beside { member, salt }.commitment().as_slice() == proved.leaf.member_commitment;
    if is_about { Ok(()) } else { Err(Error::OtherMember) }
}

fn event(proved: &ProvedEntry) -> String {
    let event = Event::from_number(proved.leaf.event);
    event.map_or_else(|| format!("event-{}", proved.leaf.event), |event| event.name().to_owned())
}

fn time(proved: &ProvedEntry) -> String {
    jiff::Timestamp::from_microsecond(proved.leaf.time_micros).map(|time| time.to_string()).unwrap_or_default()
}

fn fields(proved: &ProvedEntry) -> Vec<String> {
    let slot = |slot: u32| if slot == 0 { String::new() } else { format!("@{slot}") };
    let field = proved.leaf.fields.iter().map(|it| format!("{}{} {}", it.name, slot(it.slot), it.forms));
    field.map(|text| text.trim_end().to_owned()).collect()
}

/// As a receipt has it.
fn entry_id(proved: &ProvedEntry) -> String {
    let id = <[u8; 16]>::try_from(proved.leaf.entry_id.as_slice()).map(EntryId::from_bytes);
    id.map(|id| id.to_string()).unwrap_or_default()
}

fn bases(proved: &ProvedEntry) -> Vec<String> {
    let id = |bytes: &Vec<u8>| <[u8; 16]>::try_from(bytes.as_slice()).map(BasisId::from_bytes);
    proved.leaf.bases.iter().flat_map(|bytes| id(bytes).map(|id| id.to_string())).collect()
}

/// The bases, each with what it is.
fn with_kinds(proved: &ProvedEntry) -> Vec<String> {
    let kinds = &proved.leaf.basis_kinds;
    bases(proved).iter().zip(kinds).map(|(id, kind)| format!("{kind} {id}")).collect()
}

fn to_json(proved: &ProvedEntry) -> Value {
    let leaf = &proved.leaf;
    json!({
        "ok": true,
        "index": proved.index,
        "entry_id": entry_id(proved),
        "leaf_hash": hex::encode(proved.leaf_hash),
        "ledger": proved.checkpoint.origin,
        "tree_size": proved.checkpoint.size,
        "event": event(proved),
        "time": time(proved),
        "caller": leaf.caller,
        "purpose": leaf.purpose,
        "recipient": leaf.recipient,
        "recipient_class": leaf.recipient_class,
        "fields": fields(proved),
        "bases": bases(proved),
        "basis_kinds": leaf.basis_kinds,
        "policy_version": leaf.policy_version,
        "reason": leaf.reason,
        "member_commitment": hex::encode(&leaf.member_commitment),
    })
}

fn told(proved: &ProvedEntry) -> String {
    let leaf = &proved.leaf;
    let facts = facts(&[
        ("id", entry_id(proved)),
        ("leaf hash", hex::encode(proved.leaf_hash)),
        ("event", event(proved)),
        ("time", time(proved)),
        ("caller", leaf.caller.clone()),
        ("purpose", leaf.purpose.clone()),
        ("recipient", leaf.recipient.clone()),
        ("fields", fields(proved).join(", ")),
        ("bases", with_kinds(proved).join(", ")),
        ("reason", leaf.reason.clone()),
        ("policy", leaf.policy_version.to_string()),
    ]);
    let ProvedEntry { index, checkpoint, .. } = proved;
    format!(
        "proved: entry {index} is in the ledger `{}`, which had {} entries then\n\n{facts}",
        checkpoint.origin, checkpoint.size
    )
}

pub(super) const PROVE_EXAMPLE: &str = "Examples:
  fubako ledger prove 1024 --output release.tlog-proof
  fubako ledger prove 01a20666-36f5-7834-8fa5-ea2141623f60

The proof is a C2SP tlog-proof: a text with the entry, the path to the root, and a signed checkpoint. It does not name \
the member; --json adds the salt that opens the commitment to them.";

pub(super) const CHECK_EXAMPLE: &str = "Examples:
  fubako ledger check-proof release.tlog-proof --key ledger.vkey
  fubako ledger prove 1024 | fubako ledger check-proof - --key ledger.vkey

No vault is asked. The key is what `fubako ledger checkpoint --key-only` printed when you trusted the vault; a file of \
several, one a line, checks what was signed before and after the signing key was rotated.";
