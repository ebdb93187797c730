//! Do the metrics tell what was released, refused, opened and rotated, in numbers, and nothing about anybody?

use std::net::SocketAddr;

use fubako::rpc::metrics::{Board, Metrics};
use fubako_proto::Reason;
use fubako_proto::client::Client;
use fubako_proto::v1::field_value::Value;
use fubako_proto::v1::payment_card::Account;
use fubako_proto::v1::{
    CorrectMemberRequest, DiscloseRequest, FieldRequest, GetStatusRequest, Narrowing, Recipient, RotateKeyRequest,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::callers::{ASKER, OPERATOR, SHOP};
use crate::support::member::{PAN, card, hanako, slot_value};
use crate::support::register::party;
use crate::support::world::{World, ask, reason};

async fn serve(board: &Board) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(Metrics::new(listener, board.clone()).serve());
    address
}

/// What is served under a path, with its head.
async fn fetch(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

/// The number a line begins with that name.
#[track_caller]
fn number(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no `{name}` in\n{text}")).parse().unwrap()
}

#[track_caller]
fn tells(text: &str, line: &str) {
    assert!(text.lines().any(|found| found == line), "no `{line}` in\n{text}");
}

#[tokio::test]
async fn releases_refusals_opens_and_rotations_are_counted_by_names_of_the_policy_alone() {
    let world = World::new().await;
    let board = Board::new(world.place.clock.now());
    board.show(world.vault());
    let address = serve(&board).await;
    world.register(party("aoyama-books", "seller")).await;
    let member = world.collect(hanako()).await;
    world.disclose(ask("transaction-notice", Recipient::marketplace(), &member, &[])).await.unwrap();
    world.disclose(ask("transaction-notice", Recipient::marketplace(), &member, &[])).await.unwrap();
    let refused = world.refusal(ask("transaction-with-seller", Recipient::party("aoyama-books"), &member, &[])).await;
    assert_eq!(refused, Reason::BasisMissing);

    let text = fetch(address, "/metrics").await;
    assert!(text.starts_with("HTTP/1.1 200") && text.trim_end().ends_with("# EOF"), "{text}");
    let released = "recipient_class=\"marketplace\",outcome=\"released\"";
    tells(&text, &format!("fubako_releases_total{{purpose=\"transaction-notice\",{released}}} 2"));
    let refused = "recipient_class=\"seller\",outcome=\"refused\"";
    tells(&text, &format!("fubako_releases_total{{purpose=\"transaction-with-seller\",{refused}}} 1"));
    tells(&text, "fubako_refusals_total{reason=\"BASIS_MISSING\"} 1");
    let opened = text.lines().find(|line| line.starts_with("fubako_opens_total{form=\"full\"}")).unwrap();
    assert!(!opened.ends_with(" 0"), "{opened}");
    tells(&text, "fubako_sealed 0");
    tells(&text, "fubako_commit_queue 0");
    let committed = number(&text, "fubako_commit_seconds_count");
    assert!(committed >= 5.0 && number(&text, "fubako_commit_group_size_sum") >= committed, "{text}");
    assert!(number(&text, "fubako_ledger_entries") >= committed, "{text}");
    let now = u32::try_from(world.place.clock.now().as_second()).unwrap();
    assert!(number(&text, "fubako_ledger_keys_until_seconds") > f64::from(now), "{text}");
    assert!(number(&text, "fubako_disk_free_bytes") > 0.0, "{text}");
    for name in [member.as_str(), ASKER, "aoyama", "example.jp", "hanako"] {
        assert!(!text.contains(name), "`{name}` in\n{text}");
    }
    assert!(fetch(address, "/").await.starts_with("HTTP/1.1 404"));

    let operator = world.client(OPERATOR).await;
    operator.rotate_key(RotateKeyRequest { key: "contact".into(), ..Default::default() }).await.unwrap();
    tells(&fetch(address, "/metrics").await, "fubako_rotation_running{key=\"contact\"} 1");
    world.vault().advance_rotation().await.unwrap();
    let text = fetch(address, "/metrics").await;
    tells(&text, "fubako_rotation_running{key=\"contact\"} 0");
    tells(&text, "fubako_rotation_resealed_records{key=\"contact\"} 1");
    tells(&text, "fubako_rotation_remaining_records{key=\"contact\"} 0");

    drop(operator);
    world.close().await;
    let text = fetch(address, "/metrics").await;
    tells(&text, "fubako_sealed 1");
    assert!(!text.contains("fubako_ledger_entries"), "{text}");
}

#[tokio::test]
async fn whoever_is_turned_away_and_whatever_has_nothing_to_show_is_a_refusal_and_no_text_of_a_callers_becomes_a_name()
{
    let world = World::new().await;
    let board = Board::new(world.place.clock.now());
    board.show(world.vault());
    let address = serve(&board).await;
    let mut token = card(PAN);
    token.account = Some(Account::Token("tok_1024".into()));
    let member = world.collect(vec![slot_value("card", 0, Value::Card(token))]).await;
    let other = world.collect(hanako()).await;

    let stranger = world.authority.caller("spiffe://market.example/stranger");
    let client = Client::connect(&world.config(&stranger)).await.unwrap();
    assert_eq!(reason(client.get_status(GetStatusRequest {}).await), Reason::CallerUnauthenticated);
    let foreign = world.client_for(SHOP, &other).await;
    let correction = CorrectMemberRequest { member_id: member.clone(), ..CorrectMemberRequest::default() };
    assert_eq!(reason(foreign.correct_member(correction).await), Reason::AssertionInvalid);
    let unknown = ask("hanako-sato", Recipient::marketplace(), &member, &[]);
    assert_eq!(world.refusal(unknown).await, Reason::PurposeNotRecognised);
    let only = FieldRequest { field: "card".into(), forms: vec!["last4".into()] };
    let shapeless = DiscloseRequest {
        narrowing: Some(Narrowing { fields: vec![only] }),
        ..ask("payment", Recipient::marketplace(), &member, &[])
    };
    assert_eq!(world.refusal(shapeless).await, Reason::NothingToRelease);

    let text = fetch(address, "/metrics").await;
    for reason in ["CALLER_UNAUTHENTICATED", "ASSERTION_INVALID", "PURPOSE_NOT_RECOGNISED", "NOTHING_TO_RELEASE"] {
        tells(&text, &format!("fubako_refusals_total{{reason=\"{reason}\"}} 1"));
    }
    let releases = |labels: &str| format!("fubako_releases_total{{{labels}}}");
    tells(&text, &(releases("purpose=\"none\",recipient_class=\"none\",outcome=\"refused\"") + " 1"));
    let payment = "purpose=\"payment\",recipient_class=\"marketplace\"";
    tells(&text, &(releases(&format!("{payment},outcome=\"refused\"")) + " 1"));
    tells(&text, &(releases(&format!("{payment},outcome=\"not-released\"")) + " 0"));
    for name in [member.as_str(), "hanako", "stranger"] {
        assert!(!text.contains(name), "`{name}` in\n{text}");
    }
    world.close().await;
}
