//! Faults for tests: system calls that fail, in a process of their own.

use std::env;
use std::process::Command;

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

/// Runs the body in a child process that runs this one test, so that faults cannot reach other tests.
///
/// `test` is `concat!(module_path!(), "::name_of_the_test")`.
pub(crate) fn isolated(test: &str, body: impl FnOnce()) {
    if env::var_os(CHILD).is_some() {
        return body();
    }
    let (_, name) = test.split_once("::").unwrap();
    let child = Command::new(env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    // A child that found no such test would pass too.
    assert!(child.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&child.stderr));
}

/// From now on the call fails with that error number in this thread and those it starts.
pub(crate) fn fail(call: i64, errno: i32) {
    seccompiler::apply_filter(&failing(call, errno)).unwrap();
}

/// From now on the call fails with that error number in the whole process.
pub(crate) fn fail_everywhere(call: i64, errno: i32) {
    seccompiler::apply_filter_all_threads(&failing(call, errno)).unwrap();
}

fn failing(call: i64, errno: i32) -> BpfProgram {
    let fails = SeccompAction::Errno(u32::try_from(errno).unwrap());
    let architecture = env::consts::ARCH.try_into().unwrap();
    SeccompFilter::new([(call, vec![])].into(), SeccompAction::Allow, fails, architecture).unwrap().try_into().unwrap()
}

const CHILD: &str = "FUBAKO_FAULTY_CHILD";
