//! Does an import that is killed, whose server is killed, or whose rows are wrong, store everybody once and nobody half?

use std::fs;
use std::path::Path;
use std::process::{Child, Output};
use std::thread::sleep;
use std::time::Duration;

use fubako_proto::client::Client;
use fubako_proto::v1::VerifyVaultRequest;
use serde_json::Value;

use crate::child::{Serving, Site};

const ROWS: usize = 400;

/// A file of members; every 100th has an e-mail address that is none.
fn members(path: &Path) {
    let row = |number: usize| {
        let email = if number % 100 == 99 { "none".to_owned() } else { format!("m{number}@example.jp") };
        // Without a reference for most, so that nothing but the import itself keeps them from being stored twice.
        let reference = if number.is_multiple_of(4) { format!(r#""reference":"c-{number}","#) } else { String::new() };
        format!("{{{reference}\"fields\":{{\"email\":\"{email}\",\"name\":\"Member {number}\"}}}}\n")
    };
    fs::write(path, (0..ROWS).map(row).collect::<String>()).unwrap();
}

fn start(site: &Site, serving: &Serving, file: &Path) -> Child {
    site.asking(serving).args(["member", "import"]).arg(file).spawn().unwrap()
}

fn run(site: &Site, serving: &Serving, file: &Path) -> (Option<i32>, Value) {
    let Output { status, stdout, stderr } = start(site, serving, file).wait_with_output().unwrap();
    let said = serde_json::from_slice(&stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&stderr)));
    (status.code(), said)
}

async fn stored(client: &Client) -> u64 {
    let mut answers = client.verify_vault(VerifyVaultRequest {}).await.unwrap();
    let mut verdict = None;
    while let Some(answer) = answers.next().await.unwrap() {
        verdict = answer.verdict.or(verdict);
    }
    let verdict = verdict.unwrap();
    assert!(verdict.ok, "{verdict:?}");
    verdict.records
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_killed_with_its_server_goes_on_and_stores_everybody_once() {
    let site = Site::new();
    let file = site.home().join("members.jsonl");
    members(&file);
    let mut serving = site.start();
    for moment in [60, 120, 250] {
        let mut import = start(&site, &serving, &file);
        sleep(Duration::from_millis(moment));
        import.kill().unwrap();
        import.wait().unwrap();
    }
    let import = start(&site, &serving, &file);
    sleep(Duration::from_millis(150));
    serving.kill();
    let said = import.wait_with_output().unwrap();
    assert!(!said.status.success(), "the server went first: {said:?}");
    serving = site.start();

    let (code, said) = run(&site, &serving, &file);
    assert_eq!((code, &said["stored"], &said["refused"]), (Some(1), &396.into(), &4.into()), "{said}");
    let errors = fs::read_to_string(said["errors"].as_str().unwrap()).unwrap();
    let errors: Vec<Value> = errors.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let lines: Vec<u64> = errors.iter().filter_map(|error| error["line"].as_u64()).collect();
    assert_eq!(lines, [100, 200, 300, 400]);
    assert!(errors.iter().all(|error| error["reason"] == "VALUE_INVALID"), "{errors:?}");
    assert_eq!(stored(&site.client(&serving).await).await, 396);

    // Once more changes nothing, and neither does another file under its name.
    let (_, again) = run(&site, &serving, &file);
    assert_eq!(again, said);
    fs::write(&file, "{\"fields\":{\"email\":\"other@example.jp\"}}\n").unwrap();
    let refused = start(&site, &serving, &file).wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && told.contains("the file has changed"), "{told}");
    assert_eq!(stored(&site.client(&serving).await).await, 396);
    serving.kill();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_csv_file_is_imported_and_one_with_a_wrong_heading_is_not_begun() {
    let site = Site::new();
    let serving = site.start();
    let file = site.home().join("members.csv");
    fs::write(&file, "reference,fax\nc-1,none\n").unwrap();
    let refused = start(&site, &serving, &file).wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && told.contains("`fax` is for no field"), "{told}");

    let rows = "reference,email,address.country,address.lines\nc-1,a@example.jp,JP,\"1-2-3\nRoom 4\"\nc-1,b@example.jp,,\n\
                short,row\n,,,\n";
    fs::write(&file, rows).unwrap();
    let (code, said) = run(&site, &serving, &file);
    assert_eq!((code, &said["stored"], &said["refused"]), (Some(1), &1.into(), &3.into()), "{said}");
    let errors = fs::read_to_string(said["errors"].as_str().unwrap()).unwrap();
    let told: Vec<Value> = errors.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let reasons: Vec<_> = told.iter().map(|error| error["reason"].as_str()).collect();
    assert_eq!(reasons, [Some("ALREADY_EXISTS"), None, None], "{errors}");
    let lines: Vec<_> = told.iter().filter_map(|error| error["line"].as_u64()).collect();
    // Two rows of one reference are sent at once, and either may come first.
    assert!(matches!(lines.as_slice(), [2 | 4, 5, 6]), "{errors}");
    assert!(!errors.contains("example.jp"), "no values: {errors}");
    serving.kill();
}
