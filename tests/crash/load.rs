//! A load of changes and releases that remembers what was acknowledged, and can tell whether a vault still knows it.

use std::sync::{Arc, Mutex};

use fubako_proto::Reason;
use fubako_proto::client::{Client, Error};
use fubako_proto::v1::field_value::Value;
use fubako_proto::v1::{CollectMemberRequest, CorrectMemberRequest, EraseMemberRequest, Receipt, Recipient};
use uuid::Uuid;

use crate::support::member::{slot_value, text};
use crate::support::view::shown;
use crate::support::world::ask;

/// What one worker did to its member, and what it was told.
#[derive(Default)]
pub(crate) struct Story {
    member: String,
    /// The last value that was acknowledged, and the one under way when the answers stopped.
    email: Option<String>,
    under_way: Option<String>,
    erasure: Erasure,
    /// The last change that was acknowledged, to be sent again.
    last: Option<(CorrectMemberRequest, u64)>,
    receipts: Vec<Receipt>,
}

#[derive(Default, PartialEq, Eq)]
enum Erasure {
    #[default]
    NotAsked,
    UnderWay,
    Acknowledged,
}

pub(crate) type Stories = Arc<Mutex<Vec<Story>>>;

/// Works until the vault fails, and tells how; every third member is erased in the end.
pub(crate) async fn work(client: Client, number: usize, stories: Stories) -> Error {
    let mut round = 0;
    loop {
        let story = Mutex::new(Story { member: Uuid::now_v7().to_string(), ..Story::default() });
        let outcome = live(&client, number + round, &story).await;
        let mut story = story.into_inner().unwrap();
        if outcome.as_ref().is_err_and(|error| *error.reason() == Reason::LedgerUnavailable) {
            story.refused();
        }
        stories.lock().unwrap().push(story);
        if let Err(error) = outcome {
            return error;
        }
        round += 1;
    }
}

async fn live(client: &Client, number: usize, story: &Mutex<Story>) -> Result<(), Error> {
    let member = story.lock().unwrap().member.clone();
    let email = |change: usize| format!("m{}-{change}@example.jp", member.replace('-', ""));
    let values = |address: &str| vec![slot_value("email", 0, Value::Email(text(address)))];
    let collect = CollectMemberRequest {
        member_id: Some(member.clone()),
        values: values(&email(0)),
        ..CollectMemberRequest::default()
    };
    story.lock().unwrap().under_way = Some(email(0));
    let done = client.collect_member(collect).await?;
    story.lock().unwrap().acknowledged(email(0), done.receipt);
    for change in 1..4 {
        let correct = CorrectMemberRequest {
            request_id: Uuid::new_v4().to_string(),
            member_id: member.clone(),
            expected_revision: 0,
            values: values(&email(change)),
        };
        story.lock().unwrap().under_way = Some(email(change));
        let done = client.correct_member(correct.clone()).await?;
        story.lock().unwrap().acknowledged(email(change), done.receipt);
        story.lock().unwrap().last = Some((correct, done.revision));
        let released = client.disclose(notice(&member)).await?;
        assert_eq!(shown(&released.view.unwrap(), EMAIL), Some(format!("email {}", email(change))));
        // No view without its entry.
        story.lock().unwrap().receipts.push(released.receipt.unwrap());
    }
    if number.is_multiple_of(3) {
        story.lock().unwrap().erasure = Erasure::UnderWay;
        let erase = EraseMemberRequest { member_id: member, reason: "member-request".into(), ..Default::default() };
        let done = client.erase_member(erase).await?;
        let mut story = story.lock().unwrap();
        story.erasure = Erasure::Acknowledged;
        story.receipts.extend(done.receipt);
    }
    Ok(())
}

fn notice(member: &str) -> fubako_proto::v1::DiscloseRequest {
    ask("maintenance-notice", Recipient::marketplace(), member, &[])
}

impl Story {
    fn acknowledged(&mut self, email: String, receipt: Option<Receipt>) {
        self.email = Some(email);
        self.under_way = None;
        self.receipts.extend(receipt);
    }

    /// What was under way was refused, so it must not be done.
    fn refused(&mut self) {
        self.under_way = None;
        if self.erasure == Erasure::UnderWay {
            self.erasure = Erasure::NotAsked;
        }
    }

    /// How many changes and releases it was told of.
    pub(crate) fn told(&self) -> usize {
        self.receipts.len()
    }

    /// The receipts of the changes and releases it was told of.
    pub(crate) fn receipts(&self) -> &[Receipt] {
        &self.receipts
    }

    /// Checks that the vault knows what it acknowledged, and nothing that was never asked of it.
    pub(crate) async fn check(&self, client: &Client) {
        let answer = client.disclose(notice(&self.member)).await;
        let email = match &answer {
            Ok(released) => Some(shown(released.view.as_ref().unwrap(), EMAIL).unwrap()),
            Err(error) if *error.reason() == Reason::MemberNotFound => None,
            Err(error) => panic!("{}: {error}", self.member),
        };
        let told = |email: &Option<String>| email.as_ref().map(|email| format!("email {email}"));
        let possible = [told(&self.email), told(&self.under_way)];
        match self.erasure {
            Erasure::Acknowledged => assert_eq!(email, None, "an acknowledged erasure was lost"),
            Erasure::UnderWay => assert!(email.is_none() || email == possible[0]),
            Erasure::NotAsked => {
                assert!(email.is_some() || self.email.is_none(), "an acknowledged member was lost");
                assert!(email.is_none() || possible.contains(&email), "{email:?} is none of {possible:?}");
            }
        }
        if let Some((correct, revision)) = &self.last {
            // Sent again, also after the member is gone, it answers as it did.
            let again = client.correct_member(correct.clone()).await.unwrap();
            assert_eq!(again.revision, *revision, "a retry was done again");
            assert!(self.receipts.contains(&again.receipt.unwrap()), "a retry has another receipt");
        }
    }
}

const EMAIL: &str = "email/0:full";
