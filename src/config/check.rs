//! Checking: a file's text and the environment, turned into a configuration or into all that is wrong with it.

use std::fs::{self, File};
use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};

use fubako_keys::KeyName;
use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeTable, Deserializer};

use crate::config::bounds::{
    Bounds, DISK_RESERVE, DISK_RESERVE_BOUNDS, EXPECTED_MEMBERS, EXPECTED_MEMBERS_BOUNDS, GRACE_DAYS,
    GRACE_DAYS_BOUNDS, KEEP_DAYS, KEEP_DAYS_BOUNDS, RETENTION_MONTHS, RETENTION_MONTHS_BOUNDS,
    ROTATE_EVERY_DAYS_BOUNDS, cache_bounds,
};
use crate::config::callers::callers;
use crate::config::environment::{self, Environment};
use crate::config::finding::{Finding, Findings};
use crate::config::machine;
use crate::config::problem::Problem;
use crate::config::root::root;
use crate::config::settings::{
    Algorithm, BackupSection, Config, ErasureSection, Issuer, KeysSection, LedgerSection, MetricsSection,
    ServerSection, VaultSection,
};
use crate::config::size::ByteSize;
use crate::config::source::{
    BackupSource, ErasureSource, IssuerSource, KeysSource, LedgerSource, MetricsSource, ServerSource, Source,
    VaultSource,
};
use crate::config::unknown::{Shape, settle_keys};
use crate::policy::table::Policy;
use crate::vault::rotation::{Schedule, is_rotated};

/// Checks the text of that file with the environment laid over it; callers against the policy in force, if one is, or
/// else against the one the file names.
pub(super) fn check(
    file: &Path,
    text: &str,
    environment: &Environment,
    in_force: Option<&Policy>,
) -> Result<Config, Vec<Finding>> {
    let mut findings = Findings::about(text);
    let Some(source) = source(text, &mut findings) else { return findings.or(None) };
    let mut check = Check { folder: file.parent().unwrap_or(Path::new("")), environment, findings };
    let named = check.policy(&source.vault.policy);
    let vault = check.vault(&source.vault, named.as_ref());
    let root = root(&source.root, environment, check.folder, &mut check.findings);
    let ledger = check.ledger(&source.ledger);
    let backup = check.backup(&source.backup);
    let erasure = check.erasure(&source.erasure);
    let keys = check.keys(&source.keys);
    let metrics = check.metrics(&source.metrics);
    let server = check.server(&source.server);
    let callers = callers(&source.callers, in_force.or(named.as_ref()), &mut check.findings);
    let issuers = check.issuers(&source.issuers);
    let file = file.to_owned();
    let config = || {
        Some(Config {
            file,
            vault: vault?,
            root: root?,
            ledger: ledger?,
            backup: backup?,
            erasure: erasure?,
            keys,
            metrics,
            server: server?,
            callers,
            issuers,
        })
    };
    check.findings.or(config())
}

/// The file as it is written, if it has all that is needed; what it has beyond that is told and left out.
fn source(text: &str, findings: &mut Findings<'_>) -> Option<Source> {
    let mut shape = Shape::Whole;
    let table = DeTable::parse(text).map(|mut table| {
        shape = settle_keys(&mut table, findings);
        table
    });
    match table.and_then(|table| Source::deserialize(Deserializer::from(table))) {
        Ok(source) => Some(source),
        Err(error) => {
            if shape == Shape::Whole {
                findings.at(&error.span().unwrap_or(0..0), Problem::Shape(error.message().to_owned()));
            }
            None
        }
    }
}

/// A check under way.
struct Check<'a> {
    folder: &'a Path,
    environment: &'a Environment,
    findings: Findings<'a>,
}

impl Check<'_> {
    fn policy(&mut self, file: &Spanned<String>) -> Option<Policy> {
        let path = self.path(file);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                self.findings.at(&file.span(), Problem::Unreadable { path, kind: error.kind() });
                return None;
            }
        };
        match Policy::parse(&text) {
            Ok(policy) => Some(policy),
            Err(mistakes) => {
                for finding in mistakes {
                    self.findings.at(&file.span(), Problem::Policy { file: path.clone(), finding: Box::new(finding) });
                }
                None
            }
        }
    }

    fn vault(&mut self, source: &VaultSource, policy: Option<&Policy>) -> Option<VaultSection> {
        let folder = self.environment.folder().cloned().unwrap_or_else(|| self.path(&source.folder));
        let cache = self.size(source.cache.as_ref(), &cache_bounds(machine::memory()), machine::default_cache);
        let disk_reserve = self.size(source.disk_reserve.as_ref(), &DISK_RESERVE_BOUNDS, || DISK_RESERVE);
        let expected_members = self.expected_members(source.expected_members.as_ref());
        let policy = policy?;
        Some(VaultSection {
            folder,
            policy_file: self.path(&source.policy),
            policy_text: policy.text().to_owned(),
            policy_version: policy.version(),
            cache: cache?,
            disk_reserve: disk_reserve?,
            expected_members: expected_members?,
        })
    }

    fn backup(&mut self, source: &BackupSource) -> Option<BackupSection> {
        let keep_days = source
            .keep_days
            .as_ref()
            .map_or(Some(KEEP_DAYS), |stated| self.within(&stated.span(), *stated.get_ref(), &KEEP_DAYS_BOUNDS));
        Some(BackupSection { keep_days: keep_days? })
    }

    fn erasure(&mut self, source: &ErasureSource) -> Option<ErasureSection> {
        let grace_days = source
            .grace_days
            .as_ref()
            .map_or(Some(GRACE_DAYS), |stated| self.within(&stated.span(), *stated.get_ref(), &GRACE_DAYS_BOUNDS));
        Some(ErasureSection { grace_days: grace_days? })
    }

    fn keys(&mut self, source: &KeysSource) -> KeysSection {
        let mut days = Vec::new();
        for (name, stated) in &source.rotate_every_days {
            let key = KeyName::parse(name.get_ref()).ok().filter(|key| is_rotated(*key));
            if key.is_none() {
                self.findings.at(&name.span(), Problem::NotRotated(name.get_ref().clone()));
            }
            let within = self.within(&stated.span(), *stated.get_ref(), &ROTATE_EVERY_DAYS_BOUNDS);
            days.extend(key.zip(within));
        }
        KeysSection { schedule: Schedule::new(days) }
    }

    fn ledger(&mut self, source: &LedgerSource) -> Option<LedgerSection> {
        let months = source.retention_months.as_ref().map_or(Some(RETENTION_MONTHS), |stated| {
            self.within(&stated.span(), *stated.get_ref(), &RETENTION_MONTHS_BOUNDS)
        });
        let publish = source.publish.as_ref().and_then(|stated| self.address(stated));
        Some(LedgerSection { retention_months: months?, publish })
    }

    fn metrics(&mut self, source: &MetricsSource) -> MetricsSection {
        MetricsSection { listen: source.listen.as_ref().and_then(|stated| self.address(stated)) }
    }

    /// The address stated; told, if it is none, so that nothing comes of the configuration.
    fn address(&mut self, stated: &Spanned<String>) -> Option<SocketAddr> {
        let address = stated.get_ref().parse().ok();
        if address.is_none() {
            self.findings.at(&stated.span(), Problem::Listen(stated.get_ref().clone()));
        }
        address
    }

    fn server(&mut self, source: &ServerSource) -> Option<ServerSection> {
        let stated = self.environment.listen().unwrap_or(source.listen.get_ref());
        let listen = stated.parse();
        if listen.is_err() {
            let problem = Problem::Listen(stated.to_owned());
            if self.environment.listen().is_some() {
                let (variable, problem) = (environment::LISTEN, Box::new(problem));
                self.findings.nowhere(Problem::Variable { variable, problem });
            } else {
                self.findings.at(&source.listen.span(), problem);
            }
        }
        let certificate = self.readable(&source.certificate);
        let key = self.readable(&source.key);
        let client_ca = self.readable(&source.client_ca);
        Some(ServerSection {
            listen: listen.ok()?,
            certificate: certificate?,
            key: key?,
            client_ca: client_ca?,
            reflection: source.reflection,
        })
    }

    fn issuers(&mut self, sources: &[IssuerSource]) -> Vec<Issuer> {
        let mut issuers: Vec<(Issuer, usize)> = Vec::with_capacity(sources.len());
        for source in sources {
            let Some(issuer) = self.issuer(source) else { continue };
            let line = self.findings.line_of(source.name.span().start);
            match issuers.iter().find(|(known, _)| known.name == issuer.name) {
                Some((known, line)) => {
                    let problem = Problem::IssuerTaken { name: known.name.clone(), line: *line };
                    self.findings.at(&source.name.span(), problem);
                }
                None => issuers.push((issuer, line)),
            }
        }
        issuers.into_iter().map(|(issuer, _)| issuer).collect()
    }

    fn issuer(&mut self, source: &IssuerSource) -> Option<Issuer> {
        for (part, text) in [("name", &source.name), ("audience", &source.audience)] {
            if text.get_ref().is_empty() {
                self.findings.at(&text.span(), Problem::IssuerEmpty(part));
            }
        }
        let algorithm = Algorithm::parse(source.algorithm.get_ref());
        if algorithm.is_none() {
            self.findings.at(&source.algorithm.span(), Problem::Algorithm(source.algorithm.get_ref().clone()));
        }
        let public_key = self.readable(&source.public_key);
        Some(Issuer {
            name: source.name.get_ref().clone(),
            algorithm: algorithm?,
            public_key: public_key?,
            audience: source.audience.get_ref().clone(),
        })
    }

    fn size(
        &mut self,
        stated: Option<&Spanned<String>>,
        bounds: &Bounds<ByteSize>,
        default: impl FnOnce() -> ByteSize,
    ) -> Option<ByteSize> {
        let Some(stated) = stated else { return Some(default()) };
        let Some(size) = ByteSize::parse(stated.get_ref()) else {
            self.findings.at(&stated.span(), Problem::Size(stated.get_ref().clone()));
            return None;
        };
        self.within(&stated.span(), size, bounds)
    }

    fn expected_members(&mut self, stated: Option<&Spanned<u64>>) -> Option<u64> {
        stated.map_or(Some(EXPECTED_MEMBERS), |stated| {
            self.within(&stated.span(), *stated.get_ref(), &EXPECTED_MEMBERS_BOUNDS)
        })
    }

    /// What is stated there, if it lies within its bounds.
    fn within<T: Copy + PartialOrd + ToString>(
        &mut self,
        place: &Range<usize>,
        value: T,
        bounds: &Bounds<T>,
    ) -> Option<T> {
        match bounds.problem(value) {
            Some(problem) => {
                self.findings.at(place, problem);
                None
            }
            None => Some(value),
        }
    }

    /// The path of a file that can be read now; when it is read for real, it may still be gone.
    fn readable(&mut self, stated: &Spanned<String>) -> Option<PathBuf> {
        let path = self.path(stated);
        match open(&path) {
            Ok(()) => Some(path),
            Err(error) => {
                self.findings.at(&stated.span(), Problem::Unreadable { path, kind: error.kind() });
                None
            }
        }
    }

    fn path(&self, stated: &Spanned<String>) -> PathBuf {
        self.folder.join(stated.get_ref())
    }
}

fn open(path: &Path) -> io::Result<()> {
    if File::open(path)?.metadata()?.is_dir() { Err(io::ErrorKind::IsADirectory.into()) } else { Ok(()) }
}
