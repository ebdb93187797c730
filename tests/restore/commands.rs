//! The main line of the restore drill of `docs/operations.md`, by the very commands it gives.

use std::fs;

use fubako_proto::v1::{CollectMemberRequest, EraseMemberRequest};
use serde_json::Value;

use crate::site::{Ran, Site};
use crate::support::member::hanako;

/// The one answer of a command that has to be done.
fn done(ran: Ran) -> Value {
    assert!(ran.is_done, "{}", ran.error);
    ran.answers.into_iter().next().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_host_comes_back_by_the_commands_of_the_drill_and_the_erased_stay_away() {
    let site = Site::new(&[]);
    let server = site.serve(&[]);
    let shop = site.client(&server, "shop").await;
    let collect = CollectMemberRequest { values: hanako(), ..Default::default() };
    let hana = shop.collect_member(collect.clone()).await.unwrap().member_id;
    let ken = shop.collect_member(collect).await.unwrap().member_id;

    // What is kept elsewhere; ken is erased after the backup, and that is shipped.
    let place = |name: &str| site.path(name).display().to_string();
    let (backup, keyring, shipped) = (place("nightly.backup"), place("newest.keyring"), place("erasures"));
    done(site.call(&server, "operator", &["backup", "create", &backup]));
    done(site.call(&server, "operator", &["backup", "keyring", &keyring]));
    let erase = EraseMemberRequest { member_id: ken.clone(), reason: "asked".into(), ..Default::default() };
    site.client(&server, "officer").await.erase_member(erase).await.unwrap();
    fs::create_dir(&shipped).unwrap();
    done(site.call(&server, "operator", &["ledger", "ship", &shipped]));

    // The host is lost: the configuration, its certificates and the root key were kept too.
    server.stop();
    fs::remove_dir_all(site.path("site/vault")).unwrap();
    done(site.configured(&["backup", "verify", &backup, "--keyring", &keyring]));
    let restored = done(site.configured(&["restore", "--from", &backup, "--keyring", &keyring, "--shipped", &shipped]));
    assert_eq!(restored["erased_again"], 1);
    let whole = done(site.configured(&["verify"]));
    assert_eq!((&whole["ok"], &whole["records"]), (&Value::Bool(true), &Value::from(1)));

    let server = site.serve(&[]);
    assert_eq!(done(site.call(&server, "operator", &["status"]))["seal_state"], "unsealed");
    let entries = done(site.call(&server, "auditor", &["ledger", "list", "--oldest-first"]));
    assert_eq!(entries[0]["event"], "restored", "{entries}");
    let copies = done(site.call(&server, "operator", &["backup", "list"])).to_string();
    assert_eq!(copies.matches("unknown, if there is one at all").count(), 5, "{copies}");
    for (member, level) in [(&ken, Some("erased")), (&hana, None)] {
        let told = site.call(&server, "officer", &["member", "erasure", member]);
        assert_eq!(told.answers.first().and_then(|told| told["level"].as_str()), level, "{}", told.error);
    }
    server.stop();
}
