//! A server whose root key is in shares lives sealed, opens with enough of them only, and can be sealed again.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use fubako_proto::Reason;
use fubako_proto::v1::unseal_request::Key;
use fubako_proto::v1::{SealState, UnsealRequest};

use super::site::{Site, shares, write_secret};

fn site() -> Site {
    Site::new(&["--root", "shares", "--shares", "3", "--threshold", "2"])
}

#[test]
fn a_vault_opens_share_by_share_and_is_sealed_again() {
    let site = site();
    let dealt = site.shares();
    assert_eq!(dealt.len(), 3);
    let server = site.serve(&[]);
    assert!(server.began_sealed);

    let told = site.becomes(&server, "sealed");
    assert_eq!((&told["unsealing"]["shares_needed"], &told["unsealing"]["shares_brought"]), (&2.into(), &0.into()));
    for (caller, call) in
        [("shop", &["party", "get", "x"][..]), ("auditor", &["ledger", "list"]), ("operator", &["seal"])]
    {
        let refused = site.call(&server, caller, call);
        assert!(!refused.is_done && refused.error.contains("VAULT_SEALED"), "{caller}: {}", refused.error);
    }

    let one = site.write("one", &dealt[0]);
    let brought = site.call(&server, "operator", &["unseal", "--share-file", &one]);
    assert_eq!(brought.answers[0]["shares_brought"], 1, "{}", brought.error);
    let again = site.call(&server, "operator", &["unseal", "--share-file", &one]);
    assert!(again.error.contains("share 1 is there already; 1 of 2 are there"), "{}", again.error);
    let third = site.write("third", &dealt[2]);
    let brought = site.call(&server, "operator", &["unseal", "--share-file", &third]);
    assert_eq!(brought.answers[0]["seal_state"], "unsealed", "{}", brought.error);

    site.becomes(&server, "unsealed");
    let entries = site.call(&server, "auditor", &["ledger", "list"]);
    assert!(entries.is_done && entries.answers[0].to_string().contains("vault-created"), "{}", entries.error);
    let needless = site.call(&server, "operator", &["unseal", "--share-file", &one]);
    assert!(needless.error.contains("the vault is not sealed"), "{}", needless.error);

    assert!(site.call(&server, "operator", &["seal"]).is_done);
    site.becomes(&server, "sealed");
    let both = site.write("both", &format!("# two holders\n{}\n\n{}\n", dealt[1], dealt[2]));
    assert!(site.call(&server, "operator", &["unseal", "--share-file", &both]).is_done);
    site.becomes(&server, "unsealed");
    let entries = site.call(&server, "auditor", &["ledger", "list"]).answers[0].to_string();
    assert!(entries.contains("\"sealed\""), "who had it sealed stands in the ledger");
    server.stop();
}

#[test]
fn what_does_not_open_a_vault_is_told_and_changes_nothing() {
    let (site, other) = (site(), site());
    let (dealt, foreign) = (site.shares(), other.shares());
    let server = site.serve(&[]);
    let bring = |caller: &str, line: &str| {
        let file = site.write("share", line);
        site.call(&server, caller, &["unseal", "--share-file", &file])
    };
    let last = dealt[0].chars().last().unwrap();
    let mistyped = format!("{}{}", &dealt[0][..dealt[0].len() - 1], if last == '0' { '1' } else { '0' });
    for (caller, line, words) in [
        ("operator", foreign[0].as_str(), "it is another vault's, or an old one"),
        ("operator", &dealt[0][..dealt[0].len() - 3], "it was not copied as a whole"),
        ("operator", &mistyped, "something in it was mistyped"),
        ("operator", "tea", "this is not a share"),
        ("operator", "", "there is no share in it"),
        ("shop", &dealt[0], "ROLE_MISSING"),
        ("auditor", &dealt[0], "ROLE_MISSING"),
    ] {
        let told = bring(caller, line);
        assert!(!told.is_done && told.error.contains(words), "{caller} {words}: {}", told.error);
        assert!(!told.error.contains(&dealt[0][30..60]), "no share in an error");
    }
    let configured = site.call(&server, "operator", &["unseal", "--configured"]);
    assert!(!configured.is_done, "people have to bring it");
    assert!(bring("operator", &dealt[0]).is_done && bring("operator", &dealt[1]).is_done);
    site.becomes(&server, "unsealed");
    let log = site.read("log");
    assert!(log.contains("brought what may open the vault"), "{log}");
    for share in dealt.iter().chain(&foreign) {
        assert!(!log.contains(&share[40..60]), "no share in the log");
    }
    server.stop();
}

#[test]
fn a_vault_with_a_key_file_may_start_sealed_too() {
    let site = Site::new(&[]);
    let server = site.serve(&["--sealed"]);
    assert!(server.began_sealed);
    let told = site.becomes(&server, "sealed");
    assert_eq!(told["unsealing"]["root_kind"], "file");
    assert!(site.call(&server, "operator", &["unseal", "--configured"]).is_done);
    site.becomes(&server, "unsealed");
    server.stop();
    assert!(!site.serve(&[]).began_sealed);
}

#[test]
fn a_vault_whose_root_key_is_of_another_kind_than_configured_is_not_served_sealed() {
    let site = Site::new(&[]);
    site.set_root("shares = true");
    let refused = site.try_serve(&[]).err().unwrap();
    assert!(refused.contains("this vault's root key is a key file, not split into shares"), "{refused}");
    assert!(refused.contains("put this vault's kind of root key under `[root]`"), "{refused}");
    let site = self::site();
    site.set_root("file = \"root.key\"");
    let refused = site.try_serve(&["--sealed"]).err().unwrap();
    assert!(refused.contains("this vault's root key is split into shares, not a key file"), "{refused}");
}

#[test]
fn a_share_that_nobody_can_be_asked_for_is_called_a_share() {
    if File::open("/dev/tty").is_ok() {
        eprintln!("passed over: there is a terminal here, on which somebody would be asked");
        return;
    }
    let site = site();
    let server = site.serve(&[]);
    let refused = site.call(&server, "operator", &["unseal"]);
    assert!(!refused.is_done && refused.error.contains("the share cannot be used"), "{}", refused.error);
    assert!(
        refused.error.contains("there is no terminal") && !refused.error.contains("passphrase"),
        "{}",
        refused.error
    );
    server.stop();
}

#[test]
fn shares_of_a_set_that_was_replaced_open_nothing() {
    let site = site();
    let both = site.write("both", &site.shares()[..2].join("\n"));
    let rotated = site.rotate(&["--to", "shares", "--shares", "4", "--threshold", "3", "--share-file", &both]);
    assert!(rotated.is_done, "{}", rotated.error);
    let dealt = shares(&rotated.answers[0]);
    assert_eq!(
        (dealt.len(), &rotated.answers[0]["in_force"], &rotated.answers[1]["in_force"]),
        (4, &false.into(), &true.into())
    );
    let server = site.serve(&[]);
    let old = site.call(&server, "operator", &["unseal", "--share-file", &both]);
    assert!(!old.is_done && old.error.contains("or an old one"), "{}", old.error);
    let new = site.write("new", &dealt[1..].join("\n"));
    assert!(site.call(&server, "operator", &["unseal", "--share-file", &new]).is_done);
    site.becomes(&server, "unsealed");
    server.stop();
}

#[test]
fn a_stream_that_never_ends_does_not_keep_a_vault_open() {
    let site = Site::new(&[]);
    let server = site.serve(&[]);
    let mut tail = site.start(&server, "auditor", &["ledger", "tail"]);
    site.becomes(&server, "unsealed");
    assert!(site.call(&server, "operator", &["seal"]).is_done);
    site.becomes(&server, "sealed");
    // Had the stream kept the vault, its folder would still be locked.
    let opened = site.call(&server, "operator", &["unseal", "--configured"]);
    assert!(opened.is_done, "{}: {}", opened.error, site.read("log"));
    site.becomes(&server, "unsealed");
    assert!(!site.read("log").contains("left open"), "{}", site.read("log"));
    tail.kill().unwrap();
    tail.wait().unwrap();
    server.stop();
}

#[tokio::test]
async fn a_vault_under_a_passphrase_opens_with_that_one_alone() {
    let folder = tempfile::tempdir().unwrap();
    let words = write_secret(&folder.path().join("words"), "a tea bowl, mended twice\n");
    let site = Site::new(&["--passphrase-file", &words]);
    let server = site.serve(&["--sealed"]);
    let client = site.client(&server, "operator").await;
    let bring = |key: Option<Key>| client.unseal(UnsealRequest { key });
    for (typed, problem) in [("a tea bowl", "wrong root key"), ("", "the passphrase is empty")] {
        let refused = bring(Some(Key::Passphrase(typed.to_owned()))).await.unwrap_err();
        assert_eq!(refused.reason(), &Reason::ValueInvalid);
        assert!(refused.message().contains(problem), "{refused:?}");
    }
    let share = shares(&Site::new(&["--root", "shares", "--shares", "2", "--threshold", "2"]).told).remove(0);
    let refused = bring(Some(Key::Share(share))).await.unwrap_err();
    assert!(refused.message().contains("this vault's root key is a passphrase, not split into shares"), "{refused:?}");
    assert_eq!(bring(None).await.unwrap_err().reason(), &Reason::ValueInvalid);
    let opened = bring(Some(Key::Passphrase("a tea bowl, mended twice".to_owned()))).await.unwrap();
    assert_eq!(opened.progress.unwrap().seal_state(), SealState::Unsealed);
    site.becomes(&server, "unsealed");
    server.stop();
}

/// What the metrics' listener of the server tells, which says in the log where it is.
fn metrics(site: &Site) -> String {
    let log = site.read("log");
    let (_, told) = log.split_once("metrics address=").unwrap();
    let mut stream = TcpStream::connect(told.split_whitespace().next().unwrap()).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn metrics_are_served_sealed_and_open_and_sealed_again() {
    let site = Site::new(&[]);
    let config = site.read("site/fubako.toml");
    site.write("site/fubako.toml", &format!("{config}\n[metrics]\nlisten = \"127.0.0.1:0\"\n"));
    let server = site.serve(&["--sealed", "--log", "info"]);
    let is_told = |line: &str| metrics(&site).lines().any(|found| found.starts_with(line));
    site.becomes(&server, "sealed");
    for line in ["fubako_sealed 1", "fubako_certificate_expiry_seconds ", "fubako_start_time_seconds "] {
        assert!(is_told(line), "no `{line}` in {}", metrics(&site));
    }
    assert!(!is_told("fubako_ledger_entries"), "no key, no numbers");

    assert!(site.call(&server, "operator", &["unseal", "--configured"]).is_done);
    site.becomes(&server, "unsealed");
    assert!(!site.call(&server, "shop", &["ledger", "list"]).is_done);
    for line in ["fubako_sealed 0", "fubako_ledger_entries ", "fubako_refusals_total{reason=\"ROLE_MISSING\"} 1"] {
        assert!(is_told(line), "no `{line}` in {}", metrics(&site));
    }

    assert!(site.call(&server, "operator", &["seal"]).is_done);
    site.becomes(&server, "sealed");
    assert!(is_told("fubako_sealed 1") && !is_told("fubako_refusals_total{"), "{}", metrics(&site));
    server.stop();
}
