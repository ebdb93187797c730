//! The kit's folder: what lies in it, and how it is made.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use fubako_keys::RootKey;
use jiff::Timestamp;
use ring::rand::SecureRandom;
use zeroize::Zeroizing;

use crate::cli::connection::Connection;
use crate::cli::dev::assertion::sign;
use crate::cli::dev::authority::{Authority, Pair, signing_pair};
use crate::cli::dev::callers::{CALLERS, SampleCaller};
use crate::cli::dev::configuration::{self, AUDIENCE, ISSUER};
use crate::cli::error::Error;
use crate::cli::files::{self, Readers};
use crate::cli::sample;
use crate::vault::create::{NewVault, create};

/// A folder with everything a development server needs.
#[derive(Debug)]
pub(in crate::cli) struct Kit {
    folder: PathBuf,
    made: Made,
}

/// What a kit is made for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::cli) enum Scale {
    /// Trying things out on any machine: a small cache, a small reserve of disk.
    Trial,
    /// So many members, with everything else as a configuration has it that says nothing.
    Members(u64),
}

/// Whether the kit was there before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::cli) enum Made {
    /// It was made now.
    Now,
    /// It was made before, and is used again.
    Before,
}

impl Kit {
    /// The kit in that folder, made if there is none.
    pub(in crate::cli) fn open_or_make(
        folder: &Path,
        listen: SocketAddr,
        scale: Scale,
        now: Timestamp,
        random: &dyn SecureRandom,
    ) -> Result<Self, Error> {
        files::make_folder(folder)?;
        let folder = fs::canonicalize(folder).map_err(|source| Error::Read { path: folder.to_owned(), source })?;
        // The configuration is written last: where it lies, the kit is complete.
        let made = if folder.join(CONFIG).exists() { Made::Before } else { Made::Now };
        let kit = Self { folder, made };
        if made == Made::Now {
            kit.make((listen, scale), now, random)?;
        }
        Ok(kit)
    }

    /// Whether it was there before.
    pub(in crate::cli) const fn made(&self) -> Made {
        self.made
    }

    /// Where it lies.
    pub(in crate::cli) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The configuration's file.
    pub(in crate::cli) fn config(&self) -> PathBuf {
        Self::config_in(&self.folder)
    }

    /// The configuration's file of the kit in that folder.
    pub(in crate::cli) fn config_in(folder: &Path) -> PathBuf {
        folder.join(CONFIG)
    }

    /// The vault's folder.
    pub(in crate::cli) fn vault(&self) -> PathBuf {
        self.folder.join(VAULT)
    }

    /// A connection to the server at that address as one of the sample callers.
    pub(in crate::cli) fn connection(&self, server: SocketAddr, caller: &SampleCaller) -> Connection {
        let (certificate, key) = self.caller_files(caller);
        Connection::to(url(server), &self.folder.join(CA), certificate, key)
    }

    /// The key its issuer signs assertions with.
    pub(in crate::cli) fn issuer_key(&self) -> Result<IssuerKey, Error> {
        Ok(IssuerKey(Zeroizing::new(files::read(&self.folder.join(ISSUER_KEY))?)))
    }

    /// Writes for each sample caller a file of variables by which a shell calls the server at that address as it.
    pub(in crate::cli) fn write_variables(&self, server: SocketAddr) -> Result<(), Error> {
        for caller in CALLERS {
            let path = self.variables(caller);
            fs::write(&path, self.variables_text(server, caller)).map_err(|source| Error::Write { path, source })?;
        }
        Ok(())
    }

    /// Where a caller's variables are.
    pub(in crate::cli) fn variables(&self, caller: &SampleCaller) -> PathBuf {
        self.folder.join(format!("{}.env", caller.name))
    }

    fn variables_text(&self, server: SocketAddr, caller: &SampleCaller) -> String {
        let (certificate, key) = self.caller_files(caller);
        let mut files = vec![("FUBAKO_CA", self.folder.join(CA)), ("FUBAKO_CERT", certificate), ("FUBAKO_KEY", key)];
        if caller.is_for_members() {
            files.push(("FUBAKO_ISSUER_KEY", self.folder.join(ISSUER_KEY)));
        }
        let quoted = |path: &Path| path.display().to_string().replace('\'', r"'\''");
        let head = format!("# {}\nexport FUBAKO_SERVER='{}'\n", caller.who, url(server));
        files.iter().fold(head, |text, (name, path)| format!("{text}export {name}='{}'\n", quoted(path)))
    }

    fn caller_files(&self, caller: &SampleCaller) -> (PathBuf, PathBuf) {
        let folder = self.folder.join(CALLER_FOLDER);
        (folder.join(format!("{}.pem", caller.name)), folder.join(format!("{}.key", caller.name)))
    }

    fn make(
        &self,
        (listen, scale): (SocketAddr, Scale),
        now: Timestamp,
        random: &dyn SecureRandom,
    ) -> Result<(), Error> {
        let path = |name: &str| self.folder.join(name);
        let policy = sample::policy()?;
        files::write_new(&path(POLICY), sample::TEXT, Readers::Everybody)?;
        let root = RootKey::create_file(&path(ROOT), random)?;
        let new = NewVault { folder: &path(VAULT), policy_text: sample::TEXT, policy_file: &path(POLICY) };
        create(&new, &root, now, random)?;
        let authority = Authority::new(now)?;
        files::write_new(&path(CA), authority.certificate(), Readers::Everybody)?;
        write_pair(&authority.server()?, &path("server.pem"), &path("server.key"))?;
        write_pair(&signing_pair()?, &path("issuer.pem"), &path(ISSUER_KEY))?;
        files::make_folder(&path(CALLER_FOLDER))?;
        for caller in CALLERS {
            let (certificate, key) = self.caller_files(caller);
            write_pair(&authority.caller(caller.name, &caller.identity())?, &certificate, &key)?;
        }
        files::write_new(&path(CONFIG), configuration::text(listen, scale, &policy), Readers::Everybody)
    }
}

/// The private key of the kit's issuer.
pub(in crate::cli) struct IssuerKey(Zeroizing<Vec<u8>>);

impl IssuerKey {
    /// An assertion that this member asks.
    pub(in crate::cli) fn assertion(&self, member: &str, now: Timestamp) -> Result<String, Error> {
        sign(&self.0, ISSUER, AUDIENCE, member, now)
    }
}

fn write_pair(pair: &Pair, public: &Path, private: &Path) -> Result<(), Error> {
    files::write_new(private, &pair.private, Readers::Owner)?;
    files::write_new(public, &pair.public, Readers::Everybody)
}

fn url(server: SocketAddr) -> String {
    format!("https://{server}")
}

const CONFIG: &str = "fubako.toml";
const POLICY: &str = "policy.toml";
const ROOT: &str = "root.key";
const VAULT: &str = "vault";
const CA: &str = "ca.pem";
const ISSUER_KEY: &str = "issuer.key";
const CALLER_FOLDER: &str = "callers";

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use ring::rand::SystemRandom;

    use super::*;
    use crate::config::environment::Environment;
    use crate::config::load;
    use crate::model::ids::MemberId;
    use crate::rpc::assertion::{Issuer, Issuers, Signature};

    const NOON: &str = "2026-11-23T12:00:00Z";

    fn kit(folder: &Path) -> Result<Kit, Error> {
        let (listen, now) = (([127, 0, 0, 1], 0).into(), NOON.parse().unwrap());
        Kit::open_or_make(folder, listen, Scale::Trial, now, &SystemRandom::new())
    }

    #[test]
    fn a_kit_is_made_once_and_used_again() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(kit(folder.path()).unwrap().made(), Made::Now);
        let root = fs::read(folder.path().join(ROOT)).unwrap();
        assert_eq!(kit(folder.path()).unwrap().made(), Made::Before);
        assert_eq!(fs::read(folder.path().join(ROOT)).unwrap(), root);
    }

    #[test]
    fn its_configuration_has_no_mistake() {
        let folder = tempfile::tempdir().unwrap();
        let config = load(&kit(folder.path()).unwrap().config(), &Environment::default()).unwrap();
        assert_eq!(config.callers().len(), CALLERS.len());
    }

    #[test]
    fn its_private_keys_are_their_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let kit = kit(folder.path()).unwrap();
        let callers = CALLERS.iter().map(|caller| kit.caller_files(caller).1);
        for key in [ROOT, "server.key", ISSUER_KEY].map(|name| kit.folder.join(name)).into_iter().chain(callers) {
            assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600, "{}", key.display());
        }
    }

    #[test]
    fn only_where_members_are_served_is_the_key_that_speaks_for_them() {
        let folder = tempfile::tempdir().unwrap();
        let kit = kit(folder.path()).unwrap();
        kit.write_variables(([127, 0, 0, 1], 1).into()).unwrap();
        let has_key =
            |caller: &&SampleCaller| fs::read_to_string(kit.variables(caller)).unwrap().contains("FUBAKO_ISSUER_KEY");
        let with_key: Vec<&str> = CALLERS.iter().filter(has_key).map(|caller| caller.name).collect();
        assert_eq!(with_key, ["portal"]);
    }

    #[test]
    fn what_lies_in_the_folder_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(POLICY), "mine").unwrap();
        assert!(matches!(kit(folder.path()), Err(Error::Exists(_))));
        assert_eq!(fs::read(folder.path().join(POLICY)).unwrap(), b"mine");
    }

    #[test]
    fn the_vault_believes_its_issuers_assertions() {
        let folder = tempfile::tempdir().unwrap();
        let kit = kit(folder.path()).unwrap();
        let now = NOON.parse().unwrap();
        let member = MemberId::new(now, &[7; 10]);
        let token = kit.issuer_key().unwrap().assertion(&member.to_string(), now).unwrap();
        let public = fs::read_to_string(kit.folder.join("issuer.pem")).unwrap();
        let issuer = Issuer::new(ISSUER.to_owned(), Signature::EdDsa, &public, AUDIENCE.to_owned()).unwrap();
        assert_eq!(Issuers::new(vec![issuer]).verify(&token, now), Ok(member));
    }
}
