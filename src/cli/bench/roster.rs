//! The roster: the made-up members of a vault that is measured, and how they come into it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fubako_proto::client::Client;
use fubako_proto::v1::{
    BasisTerms, CollectMemberRequest, PartyDetails, RecordBasisRequest, RegisterPartyRequest, SlotValue, basis_terms,
};
use jiff::Timestamp;
use tempfile::NamedTempFile;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::cli::bench::random::Random;
use crate::cli::error::Error;
use crate::cli::files;
use crate::cli::made_up::Person;
use crate::cli::progress::Progress;
use crate::model::basis::BasisKind;
use crate::model::ids::{BasisId, MemberId};
use crate::model::recipient::RecipientClass;

/// A member, and the basis on which the seller may see three fields of theirs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Subject {
    pub(super) member: MemberId,
    pub(super) basis: BasisId,
}

/// Who fills a vault.
#[derive(Clone)]
pub(super) struct Staff {
    /// Collects members.
    pub(super) shop: Vec<Client>,
    /// Registers the seller, records bases.
    pub(super) registry: Vec<Client>,
}

/// What a new member's request holds: ten fields, about 250 bytes of values. No password, whose verifier is slow to make
/// by design.
pub(super) fn collecting(number: usize, member: MemberId) -> CollectMemberRequest {
    CollectMemberRequest { member_id: Some(member.to_string()), values: values(number, &FIELDS), ..Default::default() }
}

/// Of the person of a number, the values of those fields.
pub(super) fn values(number: usize, fields: &[&str]) -> Vec<SlotValue> {
    let all = Person::new(number).values().into_iter();
    all.filter(|value| value.slot == 0 && fields.contains(&value.field.as_str())).collect()
}

/// The id of the member of a number, the same for the same seed.
pub(super) fn member_id(seed: u64, number: usize) -> MemberId {
    let made = i64::try_from(number).unwrap_or_default() + FIRST_MILLI;
    MemberId::new(Timestamp::from_millisecond(made).unwrap_or_default(), &Random::new(seed, number as u64).ten_bytes())
}

/// Registers the seller, then collects so many members, each with a basis for the seller.
pub(super) async fn fill(staff: &Staff, members: usize, seed: u64) -> Result<Vec<Subject>, Error> {
    register_seller(staff).await?;
    let next = Arc::new(AtomicUsize::new(0));
    let (done, mut progress) = (mpsc::channel(1024), Progress::of(members as u64, "collecting members"));
    let (tell, mut told) = done;
    let mut filling = JoinSet::new();
    for worker in 0..FILLERS {
        let (shop, registry) = (of_many(&staff.shop, worker)?, of_many(&staff.registry, worker)?);
        let (next, tell) = (Arc::clone(&next), tell.clone());
        filling.spawn(async move {
            let mut own = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= members {
                    return Ok::<_, Error>(own);
                }
                own.push((number, add(&shop, &registry, number, seed).await?));
                // Nobody listens any more only if another one failed.
                let _ = tell.send(()).await;
            }
        });
    }
    drop(tell);
    while told.recv().await.is_some() {
        progress.step();
    }
    let mut roster = Vec::with_capacity(members);
    while let Some(own) = filling.join_next().await {
        roster.extend(own.map_err(|panicked| Error::Serve(Box::new(panicked)))??);
    }
    roster.sort_unstable_by_key(|(number, _)| *number);
    Ok(roster.into_iter().map(|(_, subject)| subject).collect())
}

async fn add(shop: &Client, registry: &Client, number: usize, seed: u64) -> Result<Subject, Error> {
    let member = member_id(seed, number);
    shop.collect_member(collecting(number, member)).await?;
    let answer = registry.record_basis(recording(member)).await?;
    let basis = BasisId::parse(&answer.basis_id).map_err(|wrong| Error::argument("a basis's id", wrong))?;
    Ok(Subject { member, basis })
}

/// The request for a basis: the member bought something of the seller.
pub(super) fn recording(member: MemberId) -> RecordBasisRequest {
    let terms = BasisTerms {
        kind: BasisKind::Transaction.name().to_owned(),
        subject: Some(basis_terms::Subject::MemberId(member.to_string())),
        party_id: SELLER.to_owned(),
        purposes: vec![PURPOSE.to_owned()],
        ..BasisTerms::default()
    };
    RecordBasisRequest { terms: Some(terms), ..Default::default() }
}

async fn register_seller(staff: &Staff) -> Result<(), Error> {
    let details = PartyDetails {
        party_id: SELLER.to_owned(),
        recipient_class: RecipientClass::Seller.name().to_owned(),
        name: "Mihon Pottery".to_owned(),
        legal_name: "株式会社見本陶房".to_owned(),
        address: "東京都架空区16-17".to_owned(),
        representative: "見本 太郎".to_owned(),
        country: "JP".to_owned(),
        ..PartyDetails::default()
    };
    let request = RegisterPartyRequest { details: Some(details), ..Default::default() };
    of_many(&staff.registry, 0)?.register_party(request).await?;
    Ok(())
}

/// Writes it down, a member and a basis a line, in place of the list that was there.
pub(super) fn write(roster: &[Subject], file: &Path) -> Result<(), Error> {
    let mut text = String::with_capacity(roster.len() * 74);
    for Subject { member, basis } in roster {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{member} {basis}");
    }
    let written = NamedTempFile::new_in(file.parent().unwrap_or(file)).and_then(|mut whole| {
        whole.write_all(text.as_bytes())?;
        whole.persist(file).map_err(|error| error.error)
    });
    written.map(drop).map_err(|source| Error::Write { path: file.to_owned(), source })
}

/// Reads it again.
pub(super) fn read(file: &Path) -> Result<Vec<Subject>, Error> {
    let parse = |line: &str| {
        let (member, basis) = line.split_once(' ')?;
        Some(Subject { member: MemberId::parse(member).ok()?, basis: BasisId::parse(basis).ok()? })
    };
    let text = files::read_text(file)?;
    let roster: Option<Vec<_>> = text.lines().map(parse).collect();
    roster
        .ok_or_else(|| Error::argument("the list of members", format!("`{}` was not written by this", file.display())))
}

/// One of several clients, round and round.
pub(super) fn of_many(clients: &[Client], number: usize) -> Result<Client, Error> {
    let client = clients.get(number % clients.len().max(1)).cloned();
    client.ok_or_else(|| Error::argument("--connections", "at least one is needed"))
}

/// The seller's id as a party.
pub(super) const SELLER: &str = "mihon-pottery";
/// What the seller asks for.
pub(super) const PURPOSE: &str = "transaction-with-seller";

const FIELDS: [&str; 10] =
    ["name", "login_id", "nickname", "address", "email", "phone", "gender", "birth_date", "card", "payment_status"];
/// How many members are collected at a time.
const FILLERS: usize = 128;
/// The first day of 2026.
const FIRST_MILLI: i64 = 1_767_225_600_000;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_members_again_and_another_others() {
        assert_eq!(member_id(1, 7), member_id(1, 7));
        assert_ne!(member_id(1, 7), member_id(1, 8));
        assert_ne!(member_id(1, 7), member_id(2, 7));
        assert!(collecting(7, member_id(1, 7)) == collecting(7, member_id(1, 7)));
    }

    #[test]
    fn each_has_ten_fields() {
        for number in [0, 35, 36, 99_999] {
            let fields: Vec<_> = values(number, &FIELDS).into_iter().map(|value| value.field).collect();
            assert_eq!(fields, FIELDS);
        }
    }

    #[test]
    fn what_was_written_down_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("members");
        let basis = BasisId::parse(&member_id(3, 3).to_string()).unwrap();
        let roster = vec![Subject { member: member_id(1, 1), basis }, Subject { member: member_id(1, 2), basis }];
        write(&roster, &file).unwrap();
        assert_eq!(read(&file).unwrap(), roster);
        let fewer = &roster.split_last().unwrap().1;
        write(fewer, &file).unwrap();
        assert_eq!(read(&file).unwrap(), *fewer);
    }
}
