//! Does the filter that makes the store's flush a real one hold for the whole process, or else refuse to start?
//!
//! A filter is never lifted and passes on to children, so each test runs in a child of a process that has none.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::env;
use std::process::Command;
use std::sync::mpsc::channel;
use std::thread;

use fubako::store::sled::filter::{FilterError, ensure, is_in_force};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

#[test]
fn the_filter_holds_in_threads_that_ran_before_it() {
    isolated("the_filter_holds_in_threads_that_ran_before_it", || {
        let file = tempfile::tempfile().unwrap();
        assert!(!is_in_force(&file));
        let (installed, wait) = channel::<()>();
        thread::scope(|scope| {
            let asked = &file;
            let earlier = scope.spawn(move || {
                wait.recv().unwrap();
                is_in_force(asked)
            });
            ensure(&file).unwrap();
            installed.send(()).unwrap();
            assert!(earlier.join().unwrap());
        });
    });
}

#[test]
fn a_process_whose_threads_differ_is_refused() {
    isolated("a_process_whose_threads_differ_is_refused", || {
        let file = tempfile::tempfile().unwrap();
        let (done, wait) = channel::<()>();
        let (ready, filtered) = channel();
        thread::scope(|scope| {
            scope.spawn(move || {
                let fails = SeccompAction::Errno(libc::EIO.unsigned_abs());
                let architecture = env::consts::ARCH.try_into().unwrap();
                let calls = [(libc::SYS_sync_file_range, vec![])].into();
                let filter = SeccompFilter::new(calls, SeccompAction::Allow, fails, architecture).unwrap();
                let program: BpfProgram = filter.try_into().unwrap();
                seccompiler::apply_filter(&program).unwrap();
                ready.send(()).unwrap();
                wait.recv().unwrap_err();
            });
            filtered.recv().unwrap();
            assert!(matches!(ensure(&file), Err(FilterError::Refused(_))));
            drop(done);
        });
    });
}

/// Runs the body in a child process that runs this one test.
fn isolated(test: &str, body: impl FnOnce()) {
    if env::var_os(CHILD).is_some() {
        return body();
    }
    let child = Command::new(env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    // A child that found no such test would pass too.
    assert!(child.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&child.stderr));
}

const CHILD: &str = "FUBAKO_FILTERED_CHILD";
