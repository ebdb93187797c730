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

/// Fails unless every figure of a load is there and possible.
fn check(figures: &Value, workload: &str, in_flight: u64) {
    assert_eq!(figures["workload"], workload);
    assert_eq!((figures["in_flight"].as_u64(), figures["errors"].as_u64()), (Some(in_flight), Some(0)));
    let [rate, requests] = ["rps", "requests"].map(|name| figures[name].as_f64().unwrap());
    assert!(rate > 0.0 && requests >= rate * 0.9, "{figures}");
    let quantiles = ["p50_us", "p90_us", "p99_us", "p999_us", "max_us"].map(|name| figures[name].as_u64().unwrap());
    assert!(quantiles.is_sorted() && quantiles[0] > 0, "{figures}");
    let taken = ["server_cpu_us", "client_cpu_us", "server_rss_bytes"].map(|name| figures[name].as_f64().unwrap());
    assert!(taken.iter().all(|part| *part > 0.0), "{figures}");
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
