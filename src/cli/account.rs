//! `fubako member disclosures` and `fubako party disclosures`: every release about one, or to the other.

use std::path::Path;

use clap::Args;
use fubako_proto::v1::{ListDisclosuresRequest, ListPartyDisclosuresRequest, PastDisclosure};
use serde_json::{Value, json};

use crate::cli::connection::{Connection, MemberConnection};
use crate::cli::error::Error;
use crate::cli::files::{self, Readers};
use crate::cli::gaps;
use crate::cli::screen::Screen;
use crate::cli::wire;

/// How much of an account, and with what.
#[derive(Args, Debug)]
pub(super) struct Extent {
    /// How many at most; 0 for all
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// Write the proof of each release into this folder
    #[arg(long, value_name = "FOLDER")]
    proofs: Option<std::path::PathBuf>,
}

/// A member's account.
#[derive(Args, Debug)]
pub(super) struct OfMember {
    /// The member, by id
    #[arg(value_name = "MEMBER")]
    member: String,
    #[command(flatten)]
    extent: Extent,
    #[command(flatten)]
    connection: MemberConnection,
}

/// A party's account.
#[derive(Args, Debug)]
pub(super) struct OfParty {
    /// The party, by id
    #[arg(value_name = "PARTY")]
    party: String,
    #[command(flatten)]
    extent: Extent,
    #[command(flatten)]
    connection: Connection,
}

impl OfMember {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let mut request = ListDisclosuresRequest {
            member_id: self.member,
            with_proofs: self.extent.proofs.is_some(),
            ..ListDisclosuresRequest::default()
        };
        let (mut found, mut gaps) = (Vec::new(), None);
        while let Some(page_size) = self.extent.page_after(found.len()) {
            request.page_size = page_size;
            let page = client.list_disclosures(request.clone()).await?;
            gaps = page.gaps;
            found.extend(page.disclosures);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                break;
            }
        }
        self.extent.show(screen, &found, &gaps::told(gaps.as_ref()))
    }
}

impl OfParty {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let mut request = ListPartyDisclosuresRequest {
            party_id: self.party,
            with_proofs: self.extent.proofs.is_some(),
            ..ListPartyDisclosuresRequest::default()
        };
        let (mut found, mut gaps) = (Vec::new(), None);
        while let Some(page_size) = self.extent.page_after(found.len()) {
            request.page_size = page_size;
            let page = client.list_party_disclosures(request.clone()).await?;
            gaps = page.gaps;
            found.extend(page.disclosures);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                break;
            }
        }
        self.extent.show(screen, &found, &gaps::told(gaps.as_ref()))
    }
}

impl Extent {
    /// The size of the page behind so many releases; none if that is all that is wanted.
    fn page_after(&self, found: usize) -> Option<i32> {
        let left = if self.limit == 0 { usize::MAX } else { self.limit.saturating_sub(found) };
        (left > 0).then(|| i32::try_from(left).unwrap_or(LARGEST_PAGE).min(LARGEST_PAGE))
    }

    fn show(&self, screen: Screen, found: &[PastDisclosure], gaps: &[String]) -> Result<(), Error> {
        if let Some(folder) = &self.proofs {
            files::make_folder(folder)?;
            for disclosure in found {
                write_proof(folder, disclosure)?;
            }
        }
        for gap in gaps {
            screen.note(gap);
        }
        screen.show(|| found.iter().map(disclosure_json).collect(), || told(found, gaps))
    }
}

fn write_proof(folder: &Path, disclosure: &PastDisclosure) -> Result<(), Error> {
    let file = folder.join(format!("{}.tlog-proof", disclosure.index));
    files::write_new(&file, &disclosure.proof, Readers::Everybody)
}

fn told(found: &[PastDisclosure], gaps: &[String]) -> String {
    let lines = found.iter().map(|disclosure| format!("#{}  {}\n", disclosure.index, disclosure.sentence));
    let lines: String = lines.collect();
    match found.len() {
        0 if gaps.is_empty() => "nothing was released".to_owned(),
        0 => "no release is on record any more".to_owned(),
        1 => format!("{lines}1 release"),
        more => format!("{lines}{more} releases"),
    }
}

fn disclosure_json(disclosure: &PastDisclosure) -> Value {
    let bases = disclosure
        .bases
        .iter()
        .map(|basis| json!({ "basis_id": basis.basis_id, "kind": basis.kind, "reference": basis.reference }));
    let fields =
        disclosure.fields.iter().map(|field| json!({ "field": field.field, "slot": field.slot, "forms": field.forms }));
    json!({
        "index": disclosure.index,
        "entry_id": disclosure.entry_id,
        "time": wire::time(disclosure.entry_time.as_ref()),
        "member": disclosure.member_id,
        "recipient": disclosure.recipient,
        "recipient_class": disclosure.recipient_class,
        "recipient_name": disclosure.recipient_name,
        "recipient_legal_name": disclosure.recipient_legal_name,
        "fields": fields.collect::<Vec<_>>(),
        "purpose": disclosure.purpose,
        "clause": disclosure.clause,
        "bases": bases.collect::<Vec<_>>(),
        "caller": disclosure.caller,
        "not_released": disclosure.not_released,
        "sentence": disclosure.sentence,
        "proof": disclosure.proof,
    })
}

const LARGEST_PAGE: i32 = 1000;

pub(super) const MEMBER_EXAMPLE: &str = "Examples:
  fubako member disclosures ID
  fubako member disclosures ID --limit 0 --proofs proofs

As an auditor or officer, or with the member's own assertion. What it tells of is what may have been received: an entry \
is durable before the view exists.";

pub(super) const PARTY_EXAMPLE: &str = "Examples:
  fubako party disclosures aoyama-books
  fubako party disclosures aoyama-books --limit 0 --json

As an auditor or officer, or with the party's own certificate.";
