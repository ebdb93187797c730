//! Is no key in the memory of a node with a scoped keyring but those it was given?
//!
//! The real program serves in a process of its own, and its memory is read while it does. It is not dumpable, so only the
//! superuser may; for anybody else there is nothing to be seen, and the test says so.

use std::fs::{self, File, Permissions};
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use fubako_proto::Reason;
use fubako_proto::client::{Client, ClientConfig, RetryPolicy};
use fubako_proto::v1::{CollectMemberRequest, ExportScopeRequest, Recipient};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::keyfile::raw_keys;
use crate::register::NODE;
use crate::support::authority::Authority;
use crate::support::callers::identity;
use crate::support::member::hanako;
use crate::support::register::wire_time;
use crate::support::world::{ask, reason};

/// A vault the program made, with a caller for everything, and a second approver.
struct Site {
    folder: TempDir,
    authority: Authority,
}

/// The program, serving, until it is dropped.
struct Serving {
    process: Child,
    address: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Site {
    fn new() -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap(), authority: Authority::new() };
        let made = program().arg("init").arg(site.home()).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let server = site.authority.server();
        for (name, text) in [
            ("server.pem", server.cert),
            ("server.key", server.key),
            ("client-ca.pem", site.authority.pem()),
            ("passphrase", format!("{NODE}\n")),
        ] {
            fs::write(site.home().join(name), text).unwrap();
            fs::set_permissions(site.home().join(name), Permissions::from_mode(0o600)).unwrap();
        }
        site.configure("file = \"root.key\"");
        site
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("site")
    }

    fn configure(&self, root: &str) {
        fs::write(self.home().join("fubako.toml"), CONFIGURATION.replace("ROOT", root)).unwrap();
    }

    fn start(&self) -> Serving {
        let log = self.folder.path().join("server.log");
        let mut command = program();
        command.args(["--json", "serve", "--log", "warn", "--config"]).arg(self.home().join("fubako.toml"));
        let mut process = command.stdout(Stdio::piped()).stderr(File::create(&log).unwrap()).spawn().unwrap();
        let said = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = said.map_while(Result::ok).find_map(|line| {
            let (_, rest) = line.split_once("127.0.0.1:")?;
            let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
            Some(format!("https://127.0.0.1:{port}"))
        });
        let address = address.unwrap_or_else(|| panic!("{}", fs::read_to_string(&log).unwrap()));
        Serving { process, address }
    }

    async fn client(&self, serving: &Serving, name: &str) -> Client {
        let certified = self.authority.caller(&identity(name));
        let config = ClientConfig::new(serving.address.as_str())
            .server_name("localhost")
            .ca_pem(self.authority.pem())
            .cert_pem(certified.cert)
            .key_pem(certified.key)
            .retry(RetryPolicy::NEVER);
        Client::connect(&config).await.unwrap()
    }
}

#[tokio::test]
async fn a_node_has_no_key_in_its_memory_but_those_it_was_given() {
    let site = Site::new();
    let (vault, root) = (site.home().join("vault"), site.home().join("root.key"));
    let serving = site.start();
    let client = site.client(&serving, "loader").await;
    let collect = CollectMemberRequest { values: hanako(), ..Default::default() };
    let hana = client.collect_member(collect).await.unwrap().member_id;
    let whole = site.folder.path().join("whole.keyring");
    fs::copy(vault.join("keyring"), &whole).unwrap();
    let request = ExportScopeRequest {
        classes: vec!["contact".into()],
        holder: "node".into(),
        until_time: Some(wire_time(Timestamp::now() + SignedDuration::from_hours(24))),
        passphrase: NODE.into(),
    };
    client.export_scope(request.clone()).await.unwrap();
    let scoped = site.client(&serving, "second").await.export_scope(request).await.unwrap().keyring;
    drop((client, serving));
    fs::write(vault.join("keyring"), scoped).unwrap();
    site.configure("passphrase_file = \"passphrase\"");

    let serving = site.start();
    let client = site.client(&serving, "loader").await;
    for _ in 0..20 {
        client.disclose(ask("maintenance-notice", Recipient::marketplace(), &hana, &[])).await.unwrap();
        let payment = client.disclose(ask("payment", Recipient::marketplace(), &hana, &[])).await;
        assert_eq!(reason(payment), Reason::ClassNotHeld);
    }
    let Some(memory) = memory_of(serving.process.id()) else {
        eprintln!("passed over: only the superuser reads the memory of a process that is not dumpable");
        return;
    };
    let keys = raw_keys(&whole, &root);
    let is_there = |key: &[u8; 32]| memory.iter().any(|part| holds(part, key));
    for (name, versions) in keys {
        let given = !["class 1", "class 3", "class 4", "class 5", "retention"].contains(&name.as_str());
        for key in &versions {
            assert_eq!(is_there(key), given, "{name}");
        }
    }
}

/// Whether the key lies somewhere in there, found by its first byte that memory is not full of.
fn holds(part: &[u8], key: &[u8; 32]) -> bool {
    let place = key.iter().position(|byte| ![0, 0xff].contains(byte)).unwrap();
    let (before, after) = (&key[..place], &key[place + 1..]);
    let mut rest = part;
    // It looks for a byte as fast as the machine can, which matters where there is much.
    while rest.skip_until(key[place]).unwrap() > 0 {
        let found = part.len() - rest.len();
        if rest.starts_with(after) && part[..found - 1].ends_with(before) {
            return true;
        }
    }
    false
}

/// Everything a process may write to; none where that is not to be seen.
fn memory_of(process: u32) -> Option<Vec<Vec<u8>>> {
    let maps = match fs::read_to_string(format!("/proc/{process}/maps")) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return None,
        maps => maps.unwrap(),
    };
    let mut memory = match File::open(Path::new("/proc").join(process.to_string()).join("mem")) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return None,
        memory => memory.unwrap(),
    };
    let mut parts = Vec::new();
    for line in maps.lines() {
        let (range, rest) = line.split_once(' ').unwrap();
        if !rest.starts_with("rw") {
            continue;
        }
        let (from, until) = range.split_once('-').unwrap();
        let (from, until) = (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(until, 16).unwrap());
        memory.seek(SeekFrom::Start(from)).unwrap();
        let mut part = Vec::new();
        // Some ranges are the kernel's own, and are not read.
        if memory.by_ref().take(until - from).read_to_end(&mut part).is_ok() {
            parts.push(part);
        }
    }
    Some(parts)
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fubako"));
    command.env_clear();
    command
}

const CONFIGURATION: &str = r#"
[vault]
folder = "vault"
policy = "policy.toml"
cache = "16 MiB"
disk_reserve = "16 MiB"
expected_members = 100_000

[root]
ROOT

[server]
listen = "127.0.0.1:0"
certificate = "server.pem"
key = "server.key"
client_ca = "client-ca.pem"

[[caller]]
name = "loader"
identity = "spiffe://market.example/loader"
roles = ["collector", "discloser", "approver"]
purposes = ["maintenance-notice", "payment"]
recipients = ["class:marketplace"]

[[caller]]
name = "second"
identity = "spiffe://market.example/second"
roles = ["approver"]
"#;
