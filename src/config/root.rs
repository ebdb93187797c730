//! The root key: which of the ways `[root]` and the environment may name is stated, and whether it is stated whole.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;

use crate::config::environment::{self, Environment};
use crate::config::finding::Findings;
use crate::config::problem::Problem;
use crate::config::settings::{Pkcs11Source, RootSource, TransitSource};
use crate::config::source::RootTable;

/// The one way that is stated; what the environment says takes the place of all that the file says.
pub(super) fn root(
    table: &RootTable,
    environment: &Environment,
    folder: &Path,
    findings: &mut Findings<'_>,
) -> Option<RootSource> {
    let (file, passphrase) = (environment.root_file(), environment.passphrase_file());
    match (file, passphrase) {
        (Some(_), Some(_)) => {
            let problem = Box::new(Problem::BothRoots);
            findings.nowhere(Problem::Variable { variable: environment::ROOTS, problem });
            return None;
        }
        (Some(file), None) => return Some(RootSource::File(file.clone())),
        (None, Some(file)) => return Some(RootSource::PassphraseFile(file.clone())),
        (None, None) => {}
    }
    let stated = table.stated(folder);
    let problem = match <[Stated; 1]>::try_from(stated) {
        Ok([Ok(source)]) => return Some(source),
        Ok([Err(problem)]) => problem,
        Err(stated) if stated.is_empty() => Problem::NoRoot,
        Err(_) => Problem::ManyRoots,
    };
    match table.place() {
        Some(place) => findings.at(&place, problem),
        None => findings.nowhere(problem),
    }
    None
}

/// A way that is stated, or what it lacks.
type Stated = Result<RootSource, Problem>;

/// The parts of a way that has several, each with its key; the optional ones after the needed ones.
type Parts<'a, const N: usize> = [(&'static str, Option<&'a Spanned<String>>); N];

impl RootTable {
    /// Every way of which something is stated.
    fn stated(&self, folder: &Path) -> Vec<Stated> {
        let path = |stated: &Spanned<String>| folder.join(stated.get_ref());
        let is_true = |stated: &Option<Spanned<bool>>| stated.as_ref().is_some_and(|stated| *stated.get_ref());
        let mut ways = Vec::new();
        ways.extend(self.file.as_ref().map(|file| Ok(RootSource::File(path(file)))));
        ways.extend(self.passphrase_file.as_ref().map(|file| Ok(RootSource::PassphraseFile(path(file)))));
        ways.extend(is_true(&self.prompt).then_some(Ok(RootSource::Prompt)));
        ways.extend(is_true(&self.shares).then_some(Ok(RootSource::Shares)));
        ways.extend(self.pkcs11(path));
        ways.extend(self.transit(path));
        ways
    }

    fn pkcs11(&self, path: impl Fn(&Spanned<String>) -> PathBuf) -> Option<Stated> {
        let needed = [
            ("pkcs11_module", self.pkcs11_module.as_ref()),
            ("pkcs11_token", self.pkcs11_token.as_ref()),
            ("pkcs11_key", self.pkcs11_key.as_ref()),
        ];
        let [module, token, key] = match whole(needed, &[("pkcs11_pin_file", self.pkcs11_pin_file.as_ref())])? {
            Ok(parts) => parts,
            Err(problem) => return Some(Err(problem)),
        };
        Some(Ok(RootSource::Pkcs11(Pkcs11Source {
            module: path(module),
            token: token.get_ref().clone(),
            key: key.get_ref().clone(),
            pin_file: self.pkcs11_pin_file.as_ref().map(path),
        })))
    }

    fn transit(&self, path: impl Fn(&Spanned<String>) -> PathBuf) -> Option<Stated> {
        let needed = [
            ("transit_address", self.transit_address.as_ref()),
            ("transit_key", self.transit_key.as_ref()),
            ("transit_token_file", self.transit_token_file.as_ref()),
        ];
        let others = [("transit_ca", self.transit_ca.as_ref()), ("transit_mount", self.transit_mount.as_ref())];
        let [address, key, token] = match whole(needed, &others)? {
            Ok(parts) => parts,
            Err(problem) => return Some(Err(problem)),
        };
        let mount = self.transit_mount.as_ref().map(|mount| mount.get_ref().clone());
        Some(Ok(RootSource::Transit(TransitSource {
            address: address.get_ref().clone(),
            ca: self.transit_ca.as_ref().map(&path),
            token_file: path(token),
            mount: mount.unwrap_or_else(|| TransitSource::MOUNT.to_owned()),
            key: key.get_ref().clone(),
        })))
    }

    /// Where it says something, if it does.
    fn place(&self) -> Option<Range<usize>> {
        let texts = [
            &self.file,
            &self.passphrase_file,
            &self.pkcs11_module,
            &self.pkcs11_token,
            &self.pkcs11_key,
            &self.pkcs11_pin_file,
            &self.transit_address,
            &self.transit_ca,
            &self.transit_mount,
            &self.transit_key,
            &self.transit_token_file,
        ];
        let texts = texts.into_iter().flatten().map(Spanned::span);
        texts.chain([&self.prompt, &self.shares].into_iter().flatten().map(Spanned::span)).last()
    }
}

/// The needed parts, if all are stated; none if nothing is, not even an optional one.
fn whole<'a, const N: usize>(
    needed: Parts<'a, N>,
    others: &[(&'static str, Option<&'a Spanned<String>>)],
) -> Option<Result<[&'a Spanned<String>; N], Problem>> {
    let first = needed.iter().chain(others).find(|(_, stated)| stated.is_some()).map(|(key, _)| *key)?;
    let missing: Vec<&str> = needed.iter().filter(|(_, stated)| stated.is_none()).map(|(key, _)| *key).collect();
    let stated: Vec<&Spanned<String>> = needed.into_iter().filter_map(|(_, stated)| stated).collect();
    Some(stated.try_into().map_err(|_| Problem::HalfRoot { stated: first, missing: missing.join("` and `") }))
}
