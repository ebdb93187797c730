//! Do the metrics tell what was released, refused, opened and rotated, in numbers, and nothing about anybody?

use std::net::SocketAddr;

use fubako::rpc::metrics::{Board, Metrics};
use fubako_proto::Reason;
use fubako_proto::v1::{Recipient, RotateKeyRequest};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::callers::{ASKER, OPERATOR};
use crate::support::member::hanako;
use crate::support::register::party;
use crate::support::world::{World, ask};

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
    let entries = text.lines().find_map(|line| line.strip_prefix("fubako_ledger_entries ")).unwrap();
    assert!(entries.parse::<u64>().unwrap() >= 5, "{entries}");
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
