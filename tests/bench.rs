//! Does the load generator measure a real vault in a process of its own, say what it found, and leave nothing behind?
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// What the program answers, with its temporary folders in that one.
fn bench(folder: &Path, arguments: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fubako"));
    let answered = command.env("TMPDIR", folder).args(["--json", "bench"]).args(arguments).output().unwrap();
    assert!(answered.status.success(), "{}", String::from_utf8_lossy(&answered.stderr));
    serde_json::from_slice(&answered.stdout).unwrap()
}

/// Fails unless every figure of a load of a second or more is there and possible.
fn check(figures: &Value, workload: &str, in_flight: u64) {
    check_answers(figures, workload, in_flight);
    let taken = ["server_cpu_us", "client_cpu_us"].map(|name| figures[name].as_f64().unwrap());
    assert!(taken.iter().all(|part| *part > 0.0), "{figures}");
}

/// Fails unless there were answers and no errors; processor time is counted too coarsely for a load that is over at once.
fn check_answers(figures: &Value, workload: &str, in_flight: u64) {
    assert_eq!(figures["workload"], workload);
    assert_eq!((figures["in_flight"].as_u64(), figures["errors"].as_u64()), (Some(in_flight), Some(0)));
    let [rate, requests, seconds] = ["rps", "requests", "seconds"].map(|name| figures[name].as_f64().unwrap());
    assert!(rate > 0.0 && requests >= rate * seconds * 0.9, "{figures}");
    let quantiles = ["p50_us", "p90_us", "p99_us", "p999_us", "max_us"].map(|name| figures[name].as_u64().unwrap());
    assert!(quantiles.is_sorted() && quantiles[0] > 0, "{figures}");
    assert!(figures["server_rss_bytes"].as_u64().unwrap() > 0, "{figures}");
}

/// Whether a process of this program still has the folder in its arguments.
fn is_served(folder: &Path) -> bool {
    let wanted = folder.display().to_string();
    let names = fs::read_dir("/proc").unwrap().filter_map(|item| item.ok()?.file_name().into_string().ok());
    let mut ours = names.filter(|name| name.parse::<u32>().is_ok());
    ours.any(|id| {
        fs::read(format!("/proc/{id}/cmdline")).is_ok_and(|line| String::from_utf8_lossy(&line).contains(&wanted))
    })
}

#[test]
fn releases_and_the_echo_are_measured_by_turns_and_nothing_is_left() {
    let folder = TempDir::new().unwrap();
    let arguments = ["disclose", "--members", "16", "--in-flight", "4", "--seconds", "1", "--against-echo", "2"];
    let told = bench(folder.path(), &arguments);
    check(&told, "disclose", 4);
    assert_eq!(told["members"], 16);
    assert!(told["disk_bytes"].as_u64().unwrap() > 0);
    let against = &told["against_echo"];
    check(&against["echo"], "echo", 4);
    assert_eq!(against["ratios"].as_array().unwrap().len(), 2);
    // A release does all that the echo does, and more.
    let ratio = against["ratio"].as_f64().unwrap();
    assert!(ratio > 0.0 && ratio < 1.0, "{against}");
    assert!(!is_served(folder.path()), "a server was left");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "a folder was left");
}

#[test]
fn a_vault_that_is_kept_is_used_again_with_everyone_in_it() {
    let folder = TempDir::new().unwrap();
    let kept = folder.path().join("kept");
    let kept = kept.to_str().unwrap();
    let arguments = ["disclose", "--folder", kept, "--in-flight", "2", "--seconds", "1"];
    check(&bench(folder.path(), &[&arguments[..], &["--members", "20"]].concat()), "disclose", 2);
    let again = bench(folder.path(), &arguments);
    check(&again, "disclose", 2);
    assert_eq!(again["members"], 20);
}

#[test]
fn collections_batches_and_rotations_are_measured() {
    let folder = TempDir::new().unwrap();
    let few = ["--members", "32", "--in-flight", "2", "--seconds", "2"];
    let of = |workload: &str| bench(folder.path(), &[&[workload], &few[..]].concat());
    check(&of("collect"), "collect", 2);

    let batch = of("batch");
    check(&batch, "batch", 2);
    let [fields, floor] =
        ["fields_per_server_cpu_second", "in_process_fields_per_cpu_second"].map(|name| batch[name].as_f64().unwrap());
    assert!(fields > 0.0 && floor > 0.0, "{batch}");

    let rotate = bench(folder.path(), &[&["rotate", "--rate", "50"], &few[..]].concat());
    assert_eq!(rotate["resealed"], 32);
    assert!(rotate["resealed_per_second_while_serving"].as_f64().unwrap() > 0.0, "{rotate}");
    for serving in ["serving_without", "serving_with"] {
        check(&rotate[serving], "disclose", 2);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "a folder was left");
}

#[test]
fn releases_are_asked_for_no_faster_than_the_rate_that_was_stated() {
    let folder = TempDir::new().unwrap();
    let arguments = ["rotate", "--members", "16", "--in-flight", "16", "--seconds", "2", "--rate", "20"];
    let told = bench(folder.path(), &arguments);
    let rate = told["serving_without"]["rps"].as_f64().unwrap();
    assert!(rate > 0.0 && rate <= 21.0, "{told}");
}

/// What a mix of forty operations answers; each operation has been done, and all of them together are forty.
fn check_mix(folder: &Path, workload: &str, calls: &[(&str, &str)]) -> Value {
    let kept = folder.join("kept");
    let arguments = ["mix", "--workload", workload, "--operations", "40", "--in-flight", "4"];
    let of = |more: &[&str]| bench(folder, &[&arguments[..], &["--folder", kept.to_str().unwrap()], more].concat());
    let told = of(&["--members", "64"]);
    check_answers(&told, &format!("mix-{workload}"), 4);
    assert_eq!((told["members"].as_u64(), told["requests"].as_u64()), (Some(64), Some(40)));
    let operations = told["operations"].as_object().unwrap();
    let named: Vec<_> =
        calls.iter().map(|(operation, call)| (operations[*operation]["call"].as_str(), *call)).collect();
    assert!(named.iter().all(|(told, call)| *told == Some(call)) && operations.len() == calls.len(), "{told}");
    let done: Vec<u64> = operations.values().map(|operation| operation["requests"].as_u64().unwrap()).collect();
    assert!(done.iter().all(|done| *done > 0) && done.iter().sum::<u64>() == 40, "{told}");
    // Nobody is asked about who was erased before, and no request passes for a repeat of the last run's.
    let again = of(&[]);
    check_answers(&again, &format!("mix-{workload}"), 4);
    again
}

#[test]
fn a_controllers_mix_is_measured_twice_in_a_folder() {
    let folder = TempDir::new().unwrap();
    let calls = [
        ("insert", "CollectMember"),
        ("delete", "EraseMember"),
        ("update_metadata_by_purpose", "RecordBasis"),
        ("update_metadata_by_user", "SetRestriction"),
    ];
    let again = check_mix(folder.path(), "controller", &calls);
    assert!(again["members"].as_u64().unwrap() < 64, "{again}");
}

#[test]
fn a_customers_mix_is_measured_twice_in_a_folder() {
    let folder = TempDir::new().unwrap();
    let calls = [
        ("read", "ReviewMember"),
        ("read_metadata", "ListDisclosures"),
        ("update", "CorrectMember"),
        ("update_metadata", "SetPreferences"),
        ("delete", "EraseMember"),
    ];
    let again = check_mix(folder.path(), "customer", &calls);
    assert_eq!(again["distribution"], "zipfian");
    assert!(again["members"].as_u64().unwrap() < 64, "{again}");
}

#[test]
fn a_processors_mix_is_measured_twice_in_a_folder() {
    let folder = TempDir::new().unwrap();
    let calls = [
        ("read", "Disclose"),
        ("read_metadata_by_purpose", "ListEntries"),
        ("read_metadata_by_user", "ListDisclosures"),
    ];
    let again = check_mix(folder.path(), "processor", &calls);
    assert_eq!((again["members"].as_u64(), again["distribution"].as_str()), (Some(64), Some("uniform")));
}

#[test]
fn a_mix_that_would_erase_most_of_the_members_is_refused() {
    let folder = TempDir::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_fubako"));
    command.env("TMPDIR", folder.path()).args(["bench", "mix", "--workload", "customer", "--members", "16"]);
    let refused = command.args(["--operations", "100"]).output().unwrap();
    let words = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && words.contains("they would erase"), "{words}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "a folder was left");
}
