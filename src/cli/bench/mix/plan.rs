//! The plan: what is asked about whom, one step after the other, the same for the same seed; with every request made
//! beforehand.

use std::vec::IntoIter;

use fubako_proto::v1::{
    Choice, CollectMemberRequest, CorrectMemberRequest, DiscloseRequest, EntryFilter, EraseMemberRequest,
    ListDisclosuresRequest, ListEntriesRequest, PurposePreference, RecordBasisRequest, Restriction,
    ReviewMemberRequest, SetPreferencesRequest, SetRestrictionRequest,
};
use jiff::Timestamp;
use tonic::metadata::{Ascii, MetadataValue};

use crate::cli::bench::asker;
use crate::cli::bench::collect::Numbers;
use crate::cli::bench::mix::operation::{Call, Distribution, Operation, Workload};
use crate::cli::bench::mix::zipf::Zipfian;
use crate::cli::bench::random::Random;
use crate::cli::bench::roster::{PURPOSE, Subject, recording, values};
use crate::cli::dev::kit::IssuerKey;
use crate::cli::error::Error;
use crate::model::ids::MemberId;

/// One call to make.
pub(super) struct Step {
    /// The operation's place in its workload.
    pub(super) operation: usize,
    pub(super) caller: &'static str,
    pub(super) message: Message,
    /// That the member asks.
    pub(super) assertion: Option<MetadataValue<Ascii>>,
}

/// What is asked.
pub(super) enum Message {
    Collect(CollectMemberRequest),
    Erase(EraseMemberRequest),
    RecordBasis(RecordBasisRequest),
    Restrict(SetRestrictionRequest),
    Review(ReviewMemberRequest),
    Account(ListDisclosuresRequest),
    Correct(CorrectMemberRequest),
    Prefer(SetPreferencesRequest),
    Disclose(DiscloseRequest),
    Entries(ListEntriesRequest),
}

/// The operations in their order, each by its place; nobody is chosen yet.
pub(super) struct Draft {
    workload: Workload,
    operations: Vec<usize>,
    random: Random,
}

/// Whom it is about, and what requests are made of.
pub(super) struct Cast<'a> {
    /// Whom everything but an erasure is about.
    pub(super) staying: &'a [Subject],
    /// Whom the erasures are about, one each.
    pub(super) parting: Vec<Subject>,
    pub(super) numbers: Numbers,
    pub(super) issuer: IssuerKey,
    pub(super) now: Timestamp,
}

/// What is left to choose from.
struct Choosing<'a> {
    staying: &'a [Subject],
    parting: IntoIter<Subject>,
    zipfian: Option<Zipfian>,
    random: Random,
    numbers: Numbers,
    now: Timestamp,
}

impl Draft {
    /// So many operations of a workload.
    pub(super) fn of(workload: Workload, count: usize, seed: u64) -> Self {
        let mut random = Random::new(seed, STREAM);
        let operations = (0..count).map(|_| workload.draw(&mut random)).collect();
        Self { workload, operations, random }
    }

    /// How many members it erases.
    pub(super) fn erasures(&self) -> usize {
        let calls = self.operations.iter().filter_map(|place| self.workload.operations().get(*place));
        calls.filter(|operation| operation.call == Call::EraseMember).count()
    }

    /// Every step.
    pub(super) fn steps(self, cast: Cast<'_>) -> Result<Vec<Step>, Error> {
        let Cast { staying, parting, numbers, issuer, now } = cast;
        let zipfian = match self.workload.distribution() {
            Distribution::Uniform => None,
            Distribution::Zipfian => Some(Zipfian::over(staying.len())),
        };
        let mut choosing =
            Choosing { staying, parting: parting.into_iter(), zipfian, random: self.random, numbers, now };
        let mut steps = Vec::with_capacity(self.operations.len());
        for place in self.operations {
            let Some(Operation { call, caller, .. }) = self.workload.operations().get(place) else { continue };
            let subject = choosing.one(*call).ok_or_else(|| Error::argument("--members", "too few for a mix"))?;
            let assertion = if *caller == PORTAL { Some(assertion(&issuer, subject.member, now)?) } else { None };
            steps.push(Step { operation: place, caller, message: choosing.message(*call, subject), assertion });
        }
        Ok(steps)
    }
}

impl Choosing<'_> {
    /// Whom the next call is about; nobody is erased twice, or asked about who is erased. An insertion makes nothing of it.
    fn one(&mut self, call: Call) -> Option<Subject> {
        if call == Call::EraseMember {
            return self.parting.next();
        }
        let place = match &self.zipfian {
            Some(zipfian) => zipfian.place(&mut self.random),
            None => self.random.below(self.staying.len()),
        };
        self.staying.get(place).copied()
    }

    fn message(&mut self, call: Call, subject: Subject) -> Message {
        let (member_id, request_id) = (subject.member.to_string(), self.request_id());
        match call {
            Call::CollectMember => Message::Collect(self.numbers.next()),
            Call::EraseMember => {
                let reason = "the member leaves".to_owned();
                Message::Erase(EraseMemberRequest { request_id, member_id, reason, ..Default::default() })
            }
            Call::RecordBasis => Message::RecordBasis(RecordBasisRequest { request_id, ..recording(subject.member) }),
            Call::SetRestriction => {
                let restriction = self.either(Restriction::Restricted, Restriction::Lifted).into();
                Message::Restrict(SetRestrictionRequest { request_id, member_id, restriction, ..Default::default() })
            }
            Call::ReviewMember => Message::Review(ReviewMemberRequest { member_id, ..Default::default() }),
            Call::ListDisclosures => Message::Account(ListDisclosuresRequest { member_id, ..Default::default() }),
            Call::CorrectMember => {
                let values = values(self.random.below(PEOPLE), &CORRECTED);
                Message::Correct(CorrectMemberRequest { request_id, member_id, values, ..Default::default() })
            }
            Call::SetPreferences => {
                let choice = self.either(Choice::Allow, Choice::Refuse).into();
                let purposes = vec![PurposePreference { purpose: REFUSED.to_owned(), choice }];
                Message::Prefer(SetPreferencesRequest { request_id, member_id, purposes, ..Default::default() })
            }
            Call::Disclose => Message::Disclose(asker::request(&subject)),
            Call::ListEntries => {
                let filter = Some(EntryFilter { purpose: PURPOSE.to_owned(), ..Default::default() });
                Message::Entries(ListEntriesRequest { filter, ..Default::default() })
            }
        }
    }

    /// A name no request had before, also of an earlier run under the same seed.
    fn request_id(&mut self) -> String {
        MemberId::new(self.now, &self.random.ten_bytes()).to_string()
    }

    fn either<T>(&mut self, one: T, other: T) -> T {
        if self.random.below(2) == 0 { one } else { other }
    }
}

fn assertion(issuer: &IssuerKey, member: MemberId, now: Timestamp) -> Result<MetadataValue<Ascii>, Error> {
    let token = issuer.assertion(&member.to_string(), now)?;
    MetadataValue::try_from(token).map_err(|wrong| Error::argument("an assertion", wrong))
}

/// Apart from the streams of the other benchmarks.
const STREAM: u64 = 0x6d69_7865;
const PORTAL: &str = "portal";
/// Of so many people are the values that corrections put.
const PEOPLE: usize = 1 << 20;
const CORRECTED: [&str; 2] = ["address", "phone"];
/// An optional purpose of the sample policy.
const REFUSED: &str = "mailing";

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn a_seed_draws_the_same_operations_again_and_another_others() {
        for workload in Workload::value_variants() {
            let drawn = |seed| Draft::of(*workload, 100, seed).operations;
            assert_eq!(drawn(1), drawn(1));
            assert_ne!(drawn(1), drawn(2));
        }
    }
}
