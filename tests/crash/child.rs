//! The real program in a process of its own: a vault it made, served on a loopback port, and killed without a word.

use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use fubako_proto::client::{Client, ClientConfig, RetryPolicy};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::support::authority::Authority;
use crate::support::callers::identity;

/// Where the program's vault lies, and who may call it.
pub(crate) struct Site {
    folder: TempDir,
    authority: Authority,
}

/// The program, serving.
pub(crate) struct Serving {
    process: Child,
    address: String,
}

impl Site {
    /// Has the program make a vault.
    pub(crate) fn new() -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap(), authority: Authority::new() };
        let made = program().arg("init").arg(site.home()).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let server = site.authority.server();
        for (name, text) in [
            ("server.pem", server.cert),
            ("server.key", server.key),
            ("client-ca.pem", site.authority.pem()),
            ("fubako.toml", CONFIGURATION.to_owned()),
        ] {
            fs::write(site.home().join(name), text).unwrap();
        }
        fs::set_permissions(site.home().join("server.key"), Permissions::from_mode(0o600)).unwrap();
        site
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("site")
    }

    pub(crate) fn configuration(&self) -> PathBuf {
        self.home().join("fubako.toml")
    }

    /// What the program says and does when it is started beside a running one.
    pub(crate) fn start_another(&self) -> (bool, String) {
        let output = self.command().output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Starts the program and waits until it serves.
    pub(crate) fn start(&self) -> Serving {
        let log = self.folder.path().join("server.log");
        let mut process = self.command().stdout(Stdio::piped()).stderr(File::create(&log).unwrap()).spawn().unwrap();
        let said = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = said.map_while(Result::ok).find_map(|line| {
            let (_, rest) = line.split_once("127.0.0.1:")?;
            let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
            Some(format!("https://127.0.0.1:{port}"))
        });
        let address = address.unwrap_or_else(|| panic!("{}", fs::read_to_string(&log).unwrap()));
        Serving { process, address }
    }

    /// What the program says when it does not start with this in its environment.
    pub(crate) fn refusal(&self, environment: &[(&str, &str)]) -> String {
        let refused = self.command().envs(environment.iter().copied()).output().unwrap();
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        String::from_utf8(refused.stderr).unwrap()
    }

    /// What the program that serves has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("server.log")).unwrap()
    }

    /// The program, asking the one that serves, as the one caller there is; what it says is caught.
    pub(crate) fn asking(&self, serving: &Serving) -> Command {
        let certified = self.authority.caller(&identity("loader"));
        let mut command = program();
        command.arg("--json").env("FUBAKO_SERVER", &serving.address).env("FUBAKO_SERVER_NAME", "localhost");
        for (name, file, text) in [
            ("FUBAKO_CA", "ca.pem", self.authority.pem()),
            ("FUBAKO_CERT", "loader.pem", certified.cert),
            ("FUBAKO_KEY", "loader.key", certified.key),
        ] {
            let file = self.folder.path().join(file);
            fs::write(&file, text).unwrap();
            command.env(name, file);
        }
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn command(&self) -> Command {
        let mut command = program();
        command.args(["--json", "serve", "--log", "warn", "--config"]).arg(self.configuration());
        command
    }

    /// A client of the one caller there is.
    pub(crate) async fn client(&self, serving: &Serving) -> Client {
        let certified = self.authority.caller(&identity("loader"));
        let config = ClientConfig::new(serving.address.as_str())
            .server_name("localhost")
            .ca_pem(self.authority.pem())
            .cert_pem(certified.cert)
            .key_pem(certified.key)
            .retry(RetryPolicy::NEVER);
        Client::connect(&config).await.unwrap()
    }
}

impl Serving {
    /// Asks it to read its configuration again.
    pub(crate) fn reload(&self) {
        kill_process(Pid::from_child(&self.process), Signal::HUP).unwrap();
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.process.try_wait().unwrap().is_some()
    }

    /// Stops it in order, which it must do within half a minute.
    pub(crate) fn stop(mut self) {
        kill_process(Pid::from_child(&self.process), Signal::TERM).unwrap();
        for _ in 0..300 {
            if let Some(status) = self.process.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                return;
            }
            sleep(Duration::from_millis(100));
        }
        self.kill();
        panic!("it does not stop");
    }

    /// Kills it at once, as `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
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
file = "root.key"

[server]
listen = "127.0.0.1:0"
certificate = "server.pem"
key = "server.key"
client_ca = "client-ca.pem"

[[caller]]
name = "loader"
identity = "spiffe://market.example/loader"
roles = ["collector", "discloser", "officer", "auditor", "operator"]
purposes = ["maintenance-notice"]
recipients = ["class:marketplace"]
"#;
