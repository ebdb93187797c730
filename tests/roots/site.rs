//! A folder made by `fubako init`, with certificates, in which the program's commands run as an operator runs them.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use fubako_proto::client::{Client, ClientConfig, RetryPolicy};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::authority::{Authority, Certified};

/// The folder, and what `init` told.
pub(crate) struct Site {
    folder: TempDir,
    pub(crate) told: Value,
}

/// A server of the site.
pub(crate) struct Server {
    process: Child,
    address: String,
    pub(crate) began_sealed: bool,
}

/// A command's end: its code, its JSON answers, and what it said on the error stream.
pub(crate) struct Ran {
    pub(crate) is_done: bool,
    pub(crate) answers: Vec<Value>,
    pub(crate) error: String,
}

impl Site {
    /// A new vault, with these flags of `init`.
    pub(crate) fn new(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut site = Self { folder, told: Value::Null };
        let vault = site.path("site").display().to_string();
        let made = Self::run(&[&["init", vault.as_str(), "--listen", "127.0.0.1:0"], flags].concat());
        assert!(made.is_done, "{}", made.error);
        site.told = made.answers.into_iter().next().unwrap();
        let authority = Authority::new();
        let server = authority.server();
        site.write("site/server.pem", &server.cert);
        site.write("site/server.key", &server.key);
        site.write("site/client-ca.pem", &authority.pem());
        let mut config = site
            .read("site/fubako.toml")
            .replace("1 GiB", "16 MiB")
            .replace("# cache = \"512 MiB\"", "cache = \"16 MiB\"");
        let callers = [("operator", "operator"), ("shop", "collector"), ("auditor", "auditor"), ("officer", "officer")];
        for (name, role) in callers {
            let identity = format!("spiffe://market.example/{name}");
            config =
                format!("{config}\n[[caller]]\nname = \"{name}\"\nidentity = \"{identity}\"\nroles = [\"{role}\"]\n");
            let Certified { cert, key } = authority.caller(&identity);
            site.write(&format!("{name}.pem"), &cert);
            site.write(&format!("{name}.key"), &key);
        }
        site.write("site/fubako.toml", &config);
        site
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Writes a file that is its owner's alone.
    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        write_secret(&self.path(name), text)
    }

    /// The shares that `init` dealt.
    pub(crate) fn shares(&self) -> Vec<String> {
        shares(&self.told)
    }

    pub(crate) fn keyring(&self) -> Vec<u8> {
        fs::read(self.path("site/vault/keyring")).unwrap()
    }

    /// Puts other lines under `[root]`.
    pub(crate) fn set_root(&self, setting: &str) {
        let config = self.read("site/fubako.toml");
        let (before, rest) = config.split_once("[root]\n").unwrap();
        let (_, after) = rest.split_once("\n[server]").unwrap();
        self.write("site/fubako.toml", &format!("{before}[root]\n{setting}\n\n[server]{after}"));
    }

    pub(crate) fn run(arguments: &[&str]) -> Ran {
        let Output { status, stdout, stderr } = Self::program().arg("--json").args(arguments).output().unwrap();
        let answers = serde_json::Deserializer::from_slice(&stdout).into_iter().map(Result::unwrap).collect();
        Ran { is_done: status.success(), answers, error: String::from_utf8(stderr).unwrap() }
    }

    /// A command about the site's configuration.
    pub(crate) fn configured(&self, arguments: &[&str]) -> Ran {
        let config = self.path("site/fubako.toml").display().to_string();
        Self::run(&[arguments, &["--config", &config]].concat())
    }

    /// Rotates the root key.
    pub(crate) fn rotate(&self, flags: &[&str]) -> Ran {
        self.configured(&[&["keys", "root", "rotate"], flags].concat())
    }

    pub(crate) fn serve(&self, flags: &[&str]) -> Server {
        self.try_serve(flags).unwrap_or_else(|log| panic!("it does not start: {log}"))
    }

    /// A server, or what the log says of why there is none.
    pub(crate) fn try_serve(&self, flags: &[&str]) -> Result<Server, String> {
        let config = self.path("site/fubako.toml");
        let mut process = Self::program();
        process.args(["--json", "serve", "--config"]).arg(config).args(flags);
        if !flags.contains(&"--log") {
            process.args(["--log", "warn"]);
        }
        let log = fs::File::create(self.path("log")).unwrap();
        let mut process = process.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut text = String::new();
        let mut lines = BufReader::new(process.stdout.as_mut().unwrap());
        while serde_json::from_str::<Value>(&text).is_err() {
            if lines.read_line(&mut text).unwrap() == 0 {
                process.wait().unwrap();
                return Err(self.read("log"));
            }
        }
        let told: Value = serde_json::from_str(&text).unwrap();
        let address = told["listening"].as_str().unwrap().replace("127.0.0.1", "https://localhost");
        Ok(Server { process, address, began_sealed: told["sealed"] == true })
    }

    /// Calls the server as one of the callers.
    pub(crate) fn call(&self, server: &Server, caller: &str, arguments: &[&str]) -> Ran {
        let connection = self.connection(server, caller);
        Self::run(&arguments.iter().copied().chain(connection.iter().map(String::as_str)).collect::<Vec<_>>())
    }

    /// A client for calls that the program asks a person about.
    pub(crate) async fn client(&self, server: &Server, caller: &str) -> Client {
        let file = |name: &str| self.read(name);
        let config = ClientConfig::new(server.address.as_str())
            .ca_pem(file("site/client-ca.pem"))
            .cert_pem(file(&format!("{caller}.pem")))
            .key_pem(file(&format!("{caller}.key")))
            .retry(RetryPolicy::NEVER);
        Client::connect(&config).await.unwrap()
    }

    /// Begins a call that goes on by itself.
    pub(crate) fn start(&self, server: &Server, caller: &str, arguments: &[&str]) -> Child {
        let mut call = Self::program();
        call.args(arguments).args(self.connection(server, caller)).stdout(Stdio::null()).stderr(Stdio::null());
        call.spawn().unwrap()
    }

    fn connection(&self, server: &Server, caller: &str) -> Vec<String> {
        let file = |name: String| self.path(&name).display().to_string();
        let (cert, key) = (file(format!("{caller}.pem")), file(format!("{caller}.key")));
        let flags = [
            ("--server", server.address.clone()),
            ("--ca", file("site/client-ca.pem".into())),
            ("--cert", cert),
            ("--key", key),
        ];
        flags.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value]).collect()
    }

    /// What the status says once it says that; it may take a moment in which the server listens anew.
    pub(crate) fn becomes(&self, server: &Server, state: &str) -> Value {
        for _ in 0..800 {
            let told = self.call(server, "operator", &["status"]);
            if let Some(told) = told.answers.first().filter(|told| told["seal_state"] == state) {
                return told.clone();
            }
            sleep(Duration::from_millis(50));
        }
        panic!("it does not become {state}: {}", self.read("log"));
    }

    fn program() -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fubako"));
        command.env_clear();
        // Where a test's HSM has its tokens.
        command.envs(std::env::vars_os().filter(|(name, _)| name == "SOFTHSM2_CONF"));
        command
    }
}

impl Server {
    pub(crate) fn stop(mut self) {
        kill_process(Pid::from_child(&self.process), Signal::TERM).unwrap();
        let status = self.process.wait().unwrap();
        assert!(status.success(), "{status}");
    }
}

impl Drop for Server {
    /// A server that nobody stopped must not outlive its test.
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The shares in an answer.
pub(crate) fn shares(told: &Value) -> Vec<String> {
    told["shares"].as_array().unwrap().iter().map(|share| share.as_str().unwrap().to_owned()).collect()
}

/// Writes a file that is its owner's alone, and answers its path.
pub(crate) fn write_secret(path: &Path, text: &str) -> String {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    path.display().to_string()
}

/// Whether a path names nothing.
pub(crate) fn is_absent(path: &Path) -> bool {
    !path.exists()
}
