//! Does a value leave the vault anywhere but in a view, when everything there is is done with it?

use std::fmt::{Debug, Write as _};
use std::io::{self, Write};
use std::sync::{Mutex, OnceLock};

use fubako_proto::client::Error;
use fubako_proto::v1::find_member_request::Key;
use fubako_proto::v1::{
    CollectMemberRequest, CorrectMemberRequest, DiscloseRequest, EraseMemberRequest, ExplainRequest, FieldValue,
    FindMemberRequest, GetRetainedRequest, ListEntriesRequest, Recipient, RecordBasisRequest, RegisterPartyRequest,
    ReviewMemberRequest, VerifyClaim, VerifyRequest,
};
use tracing_subscriber::fmt::MakeWriter;

use crate::canaries::{self, EMAIL, PASSWORD, PHONE, REFERENCE};
use crate::search::Search;
use crate::support::callers::{ASKER, AUDITOR, LEGAL, OFFICER, REGISTRAR, SHOP};
use crate::support::member::text;
use crate::support::place::files_below;
use crate::support::world::{World, ask};

/// Everything that was logged, by the vault and by what it is built on.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static STARTED: OnceLock<()> = OnceLock::new();

struct Tap;

impl Write for Tap {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Tap {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}

fn start_logging() {
    // The store's own events are pages of sealed rows; the program never lets them be logged either.
    STARTED.get_or_init(|| {
        tracing_subscriber::fmt().with_env_filter("trace,sled=warn").with_ansi(false).with_writer(Tap).init();
    });
}

/// What was printed about the calls: requests, answers, errors.
#[derive(Default)]
struct Printed(String);

impl Printed {
    fn note(&mut self, what: &impl Debug) {
        writeln!(self.0, "{what:?}\n{what:#?}").unwrap();
    }

    fn answer<T: Debug>(&mut self, outcome: &Result<T, Error>) {
        match outcome {
            Ok(answer) => self.note(answer),
            Err(error) => {
                self.note(error);
                writeln!(self.0, "{error} {} {:?}", error.message(), error.field_violations()).unwrap();
            }
        }
    }
}

/// Does everything a value can go through, and prints whatever can be printed.
async fn live(world: &World) -> Printed {
    let mut printed = Printed::default();
    let (shop, asker, registrar) = (world.client(SHOP).await, world.client(ASKER).await, world.client(REGISTRAR).await);
    let collect = CollectMemberRequest {
        external_reference: Some(text(REFERENCE)),
        values: canaries::values(),
        ..CollectMemberRequest::default()
    };
    printed.note(&collect);
    let collected = shop.collect_member(collect.clone()).await;
    printed.answer(&collected);
    let member = collected.unwrap().member_id;
    printed.answer(&shop.collect_member(collect).await);
    let correct = CorrectMemberRequest { member_id: member.clone(), values: canaries::values(), ..Default::default() };
    printed.note(&correct);
    printed.answer(&shop.correct_member(correct).await);
    let register = RegisterPartyRequest { request_id: String::new(), details: Some(canaries::seller()) };
    printed.note(&register);
    printed.answer(&registrar.register_party(register).await);
    let record = RecordBasisRequest { request_id: String::new(), terms: Some(canaries::sale(&member)) };
    printed.note(&record);
    let basis = registrar.record_basis(record).await.unwrap().basis_id;
    for asked in asks(&member, &basis) {
        printed.note(&asked);
        let answer = asker.disclose(asked).await;
        if let Ok(answer) = &answer {
            answer.view.iter().flat_map(|view| &view.fields).for_each(|field| printed.note(field));
        }
        printed.answer(&answer);
    }
    let explain = ExplainRequest {
        purpose: "payment".into(),
        recipient: Some(Recipient::marketplace()),
        member_id: member.clone(),
        ..Default::default()
    };
    printed.answer(&asker.explain(explain).await);
    let review = ReviewMemberRequest { member_id: member.clone(), purpose: String::new() };
    printed.answer(&world.client_for(ASKER, &member).await.review_member(review).await);
    search_and_guess(world, &member, &mut printed).await;
    misuse(world, &member, &mut printed).await;
    printed.answer(&world.client(AUDITOR).await.list_entries(ListEntriesRequest::default()).await);
    let request = CollectMemberRequest { values: canaries::values(), ..Default::default() };
    let other = shop.collect_member(request).await.unwrap().member_id;
    let erase = EraseMemberRequest { member_id: other.clone(), reason: "member-request".into(), ..Default::default() };
    printed.answer(&world.client(OFFICER).await.erase_member(erase).await);
    let request = GetRetainedRequest { member_id: other, reason: "order".into() };
    let kept = world.client(LEGAL).await.get_retained(request).await;
    assert_eq!(kept.as_ref().unwrap().fields.len(), 2);
    printed.answer(&kept);
    printed
}

fn asks(member: &str, basis: &str) -> Vec<DiscloseRequest> {
    let own = ["transaction-notice", "payment", "troubleshooting", "service-research", "delivery", "service-provision"];
    let mut asks: Vec<_> = own.iter().map(|purpose| ask(purpose, Recipient::marketplace(), member, &[])).collect();
    asks.push(ask("transaction-with-seller", Recipient::party("potter"), member, &[basis]));
    asks
}

async fn search_and_guess(world: &World, member: &str, printed: &mut Printed) {
    let asker = world.client(ASKER).await;
    for key in [Key::Email(text(EMAIL)), Key::Phone(text(PHONE)), Key::ExternalReference(text(REFERENCE))] {
        let find = FindMemberRequest { purpose: "member-search".into(), key: Some(key) };
        printed.note(&find);
        let found = asker.find_member(find).await;
        assert_eq!(found.as_ref().unwrap().member_ids, [member]);
        printed.answer(&found);
    }
    for value in [FieldValue::password(PASSWORD), FieldValue::password("canary-password-91be")] {
        let claim = VerifyClaim { field: "password".into(), form: String::new(), slot: 0, value: Some(value) };
        let verify =
            VerifyRequest { purpose: "identity-verification".into(), member_id: member.into(), claims: vec![claim] };
        printed.note(&verify);
        printed.answer(&asker.verify(verify).await);
    }
}

/// Everything that is refused, with canaries in it.
async fn misuse(world: &World, member: &str, printed: &mut Printed) {
    let (shop, asker) = (world.client(SHOP).await, world.client(ASKER).await);
    for value in canaries::refused() {
        let request = CollectMemberRequest { values: vec![value], ..Default::default() };
        let outcome = shop.collect_member(request).await;
        assert!(outcome.is_err());
        printed.answer(&outcome);
    }
    for asked in [
        ask(EMAIL, Recipient::marketplace(), member, &[]),
        ask("transaction-notice", Recipient::party(EMAIL), member, &[]),
        ask("transaction-notice", Recipient::marketplace(), EMAIL, &[]),
        ask("transaction-notice", Recipient::marketplace(), member, &[EMAIL]),
    ] {
        let outcome = asker.disclose(asked).await;
        assert!(outcome.is_err());
        printed.answer(&outcome);
    }
    let request = CollectMemberRequest { request_id: EMAIL.into(), values: canaries::values(), ..Default::default() };
    printed.answer(&shop.collect_member(request).await);
    let torn = asker.with_member_assertion(EMAIL).unwrap();
    let review = ReviewMemberRequest { member_id: member.into(), purpose: String::new() };
    printed.answer(&torn.review_member(review).await);
}

#[tokio::test]
async fn no_value_is_in_the_data_folder_the_log_an_error_or_anything_printed() {
    start_logging();
    let search = Search::new(canaries::ALL);
    let world = World::new().await;
    let printed = live(&world).await;
    // Once while it runs, once closed and flushed, and once more after a start.
    look_through(&world.place.data(), &search);
    let place = world.close().await;
    look_through(&place.data(), &search);
    let place = World::at(place).await.close().await;
    look_through(&place.data(), &search);
    assert!(printed.0.contains("VALUE_INVALID") || printed.0.contains("ValueInvalid"));
    assert_eq!(search.first_in(printed.0.as_bytes()), None, "printed");
    let log = LOG.lock().unwrap();
    assert!(log.len() > 10_000, "what is logged has to be seen here: {} bytes", log.len());
    if let Some(canary) = search.first_in(&log) {
        let text = String::from_utf8_lossy(&log);
        let line = text.lines().find(|line| line.contains(canary)).unwrap_or_default();
        panic!("`{canary}` was logged: {line}");
    }
}

fn look_through(folder: &std::path::Path, search: &Search) {
    let files = files_below(folder);
    assert!(files.len() >= 6, "{files:?}");
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        assert_eq!(search.first_in(&bytes), None, "{}", file.display());
    }
}
