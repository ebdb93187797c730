//! Does the code still have the shape ARCHITECTURE.md says it has: imports one way, fences, small files that say what they are for?
#![allow(clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of `src/`, each of which may import those before it and none after it.
const LAYERS: [&str; 11] =
    ["model", "field", "policy", "ledger", "record", "store", "commit", "vault", "config", "rpc", "cli"];

/// What only some folders may name: the crate, and where.
const FENCES: [(&str, &[&str]); 13] = [
    ("sled::", &["src/store/sled/"]),
    // The load generator holds the bare generated client, so that no repeat or time limit of ours is measured.
    ("tonic::", &["src/rpc/", "src/cli/bench/", "proto/"]),
    ("tonic_", &["src/rpc/", "proto/"]),
    ("aes_gcm", &["keys/"]),
    ("xaes_256_gcm", &["keys/"]),
    ("ring::hmac", &["keys/"]),
    ("ring::aead", &["keys/"]),
    ("ring::signature", &["keys/"]),
    ("argon2::", &["keys/"]),
    ("cryptoki::", &["keys/src/root"]),
    ("ureq::", &["keys/src/root"]),
    ("blahaj", &["keys/src/root"]),
    ("std::env::var", &["src/config"]),
];

const MAX_LINES: usize = 400;

struct Source {
    path: String,
    /// The file up to its tests.
    code: String,
    whole: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "keys/src", "keys/tests", "proto/src", "proto/tests", "tests", "benches", "examples"] {
        collect(&root.join(folder), &mut files);
    }
    files.sort();
    files.into_iter().map(|file| Source::read(root, &file)).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(items) = fs::read_dir(folder) else { return };
    for item in items {
        let path = item.expect("a folder can be listed").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

impl Source {
    fn read(root: &Path, file: &Path) -> Self {
        let whole = fs::read_to_string(file).expect("a source is text");
        let code = whole.split("\n#[cfg(test)]\n#[").next().unwrap_or_default();
        let code = code.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned();
        let path = file.strip_prefix(root).expect("it lies below the root").display().to_string();
        Self { path, code, whole }
    }

    /// The module of `src/` it belongs to, unless it is a test.
    fn module(&self) -> Option<&str> {
        let inner = self.path.strip_prefix("src/")?;
        let name = inner.split('/').next()?.trim_end_matches(".rs");
        (!self.is_test() && !["lib", "main", "telemetry"].contains(&name)).then_some(name)
    }

    fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs")
            || self.path.contains("/tests/")
            || ["conformance.rs", "memory.rs", "faults.rs", "fixture.rs"].iter().any(|name| self.path.ends_with(name))
            || self.path.starts_with("tests/")
    }

    /// The code without its comments.
    fn code_lines(&self) -> impl Iterator<Item = &str> {
        self.code.lines().map(str::trim_start).filter(|line| !line.starts_with("//"))
    }

    fn imported_modules(&self) -> BTreeSet<&str> {
        let after_crate = self.code_lines().flat_map(|line| line.split("crate::").skip(1));
        after_crate
            .map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or(""))
            .collect()
    }
}

#[test]
fn imports_point_one_way() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(module) = source.module() else { continue };
        let place = LAYERS.iter().position(|layer| *layer == module);
        let place = place.unwrap_or_else(|| panic!("`{module}` is not in the table of layers"));
        for imported in source.imported_modules() {
            if LAYERS.iter().position(|layer| *layer == imported).is_some_and(|other| other > place) {
                wrong.push(format!("{} imports `{imported}`", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_fenced_is_named_only_inside_its_fence() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.is_test()) {
        for (name, allowed) in FENCES {
            let inside = allowed.iter().any(|fence| source.path.starts_with(fence));
            if !inside && source.code_lines().any(|line| names(line, name)) {
                wrong.push(format!("{} names `{name}`", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether the line names the crate, and not a module of ours of the same name.
fn names(line: &str, crate_name: &str) -> bool {
    line.match_indices(crate_name).any(|(place, _)| {
        let before = line.get(..place).unwrap_or_default();
        !before.ends_with("::") && !before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
    })
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    let silent: Vec<_> = sources()
        .into_iter()
        .filter(|source| !source.whole.starts_with("//! ") && !source.path.starts_with("tests/compile_fail/"))
        .map(|source| source.path)
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn no_file_is_too_long_to_read() {
    let long: Vec<_> = sources()
        .into_iter()
        .map(|source| (source.path, source.whole.lines().count()))
        .filter(|(_, lines)| *lines > MAX_LINES)
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}
