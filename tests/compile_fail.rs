//! Does a program that forges a grant, a durable entry or a released view not even compile?
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Each `tests/compile_fail/*.rs` is compiled against the very library this test was built with, and the `.stderr` file
/// beside it holds the errors that are expected, one line each.
#[test]
fn no_proof_can_be_forged() {
    let mut wrong = Vec::new();
    for program in forgeries() {
        let expected = fs::read_to_string(program.with_extension("stderr")).unwrap_or_default();
        let said = compile(&program);
        if said != expected || said.is_empty() {
            wrong.push(format!("{}\n--- expected\n{expected}--- the compiler said\n{said}", program.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_program_that_forges_nothing_compiles() {
    let folder = tempfile::tempdir().unwrap();
    let honest = folder.path().join("honest.rs");
    let reads = "pub fn index(receipt: &fubako::ledger::accounted::Receipt) -> u64 { receipt.index() }\nfn main() {}\n";
    fs::write(&honest, reads).unwrap();
    assert_eq!(compile(&honest), "");
}

/// The programs, seen from the root of the package.
fn forgeries() -> Vec<PathBuf> {
    let folder = Path::new("tests/compile_fail");
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap();
    let names = files.map(|file| PathBuf::from(file.unwrap().file_name()));
    let mut programs: Vec<_> =
        names.filter(|name| name.extension().is_some_and(|kind| kind == "rs")).map(|name| folder.join(name)).collect();
    programs.sort();
    assert!(!programs.is_empty());
    programs
}

/// What the compiler says of a program, an error a line; nothing if it compiles.
///
/// It is called by itself and not through cargo, so that no dependency is built a second time.
fn compile(program: &Path) -> String {
    let libraries = env::current_exe().unwrap().parent().unwrap().to_owned();
    let output = tempfile::tempdir().unwrap();
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.current_dir(env!("CARGO_MANIFEST_DIR")).args(["--edition=2024", "--emit=metadata", "--error-format=short"]);
    rustc.arg("--out-dir").arg(output.path()).arg("-L").arg(format!("dependency={}", libraries.display()));
    rustc.arg("--extern").arg(format!("fubako={}", newest(&libraries).display()));
    let done = rustc.arg(program).output().unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    said.lines().filter(|line| line.contains(": error")).fold(String::new(), |said, line| said + line + "\n")
}

/// The library as it was built last; older ones are left from other sets of features.
fn newest(folder: &Path) -> PathBuf {
    let is_ours = |path: &PathBuf| {
        let file = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        file.starts_with("libfubako-") && path.extension().is_some_and(|kind| kind == "rlib")
    };
    let built = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).filter(is_ours);
    built.max_by_key(|path| fs::metadata(path).unwrap().modified().unwrap()).unwrap()
}
