//! The stage: a folder with a vault and its members, and servers in processes of their own.

use std::ffi::OsStr;
use std::fs::{DirEntry, read_dir};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use fubako_proto::client::Client;
use fubako_proto::v1::{GetCheckpointRequest, GetStatusRequest};
use ring::rand::SystemRandom;
use rustix::fs::statfs;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::cli::bench::process::Process;
use crate::cli::bench::roster::{self, Staff, Subject};
use crate::cli::clock::sound_now;
use crate::cli::dev::callers::{CALLERS, SampleCaller};
use crate::cli::dev::kit::{Kit, Made, Scale};
use crate::cli::error::Error;
use crate::cli::screen::Screen;

/// Whom a server is asked about.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Members")]
pub(super) struct Population {
    /// How many made-up members the vault holds [default: 10000, or as many as are in the folder]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(16..=10_000_000))]
    members: Option<u32>,
    /// What ids and the order of calls are drawn from
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(super) seed: u64,
    /// Keep the vault in this folder, and use it again next time [default: a temporary one]
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// A vault that is served, and everyone in it.
pub(super) struct Stage {
    kit: Kit,
    roster: Arc<[Subject]>,
    server: Process,
    /// Removed when everything else is done.
    temporary: Option<TempDir>,
}

/// A vault that nobody serves any more.
pub(super) struct AtRest {
    kit: Kit,
    roster: Arc<[Subject]>,
    #[expect(dead_code, reason = "held for its end")]
    temporary: Option<TempDir>,
}

impl Population {
    /// As few as a vault may be made for: enough for a real answer.
    pub(super) fn few(seed: u64) -> Self {
        Self { members: Some(16), seed, folder: None }
    }
}

impl Stage {
    /// Makes the vault and fills it, unless the folder has one, and serves it.
    pub(super) async fn set(population: &Population, screen: Screen) -> Result<Self, Error> {
        let temporary = if population.folder.is_none() { Some(temporary()?) } else { None };
        let folder = population.folder.as_deref().or(temporary.as_ref().map(TempDir::path)).unwrap_or(Path::new("."));
        let members = population.members.unwrap_or(MEMBERS);
        let (listen, now) = (([127, 0, 0, 1], 0).into(), sound_now()?);
        let kit = Kit::open_or_make(folder, listen, Scale::Members(members.into()), now, &SystemRandom::new())?;
        if is_in_memory(kit.folder()) {
            screen.note("the vault lies in memory, where a sync costs nothing: set TMPDIR or --folder to a real disk");
        }
        let list = kit.folder().join(ROSTER);
        let kept = if kit.made() == Made::Before { Some(roster::read(&list)?) } else { None };
        if let (Some(kept), Some(asked)) = (&kept, population.members)
            && kept.len() != asked as usize
        {
            return Err(Error::argument("--members", format!("the vault in the folder has {}", kept.len())));
        }
        let server = serve(&kit)?;
        let roster = if let Some(roster) = kept {
            roster
        } else {
            let shop = connect(&kit, &server, "shop", FILLING).await?;
            let staff = Staff { shop, registry: connect(&kit, &server, "registry", FILLING).await? };
            let roster = roster::fill(&staff, members as usize, population.seed).await?;
            roster::write(&roster, &list)?;
            roster
        };
        let stage = Self { kit, roster: roster.into(), server, temporary };
        stage.settle().await?;
        Ok(stage)
    }

    /// Everyone in it.
    pub(super) const fn roster(&self) -> &Arc<[Subject]> {
        &self.roster
    }

    /// The last so many of them, who are about to be erased; the folder forgets them first, so that nobody asks for them
    /// next time.
    pub(super) fn part_with(&mut self, count: usize) -> Result<Vec<Subject>, Error> {
        let stay = self.roster.len().saturating_sub(count);
        let (staying, parting) = self.roster.split_at_checked(stay).unwrap_or_default();
        roster::write(staying, &self.kit.folder().join(ROSTER))?;
        let parting = parting.to_vec();
        self.roster = staying.into();
        Ok(parting)
    }

    /// Certificates and configuration.
    pub(super) const fn kit(&self) -> &Kit {
        &self.kit
    }

    /// Where everything lies.
    pub(super) fn folder(&self) -> &Path {
        self.kit.folder()
    }

    /// The server's process.
    pub(super) const fn server(&self) -> &Process {
        &self.server
    }

    /// So many connections as that sample caller.
    pub(super) async fn clients(&self, caller: &str, connections: u32) -> Result<Vec<Client>, Error> {
        connect(&self.kit, &self.server, caller, connections).await
    }

    /// How many entries its ledger has.
    pub(super) async fn entries(&self) -> Result<u64, Error> {
        let auditor = self.auditor().await?;
        Ok(auditor.get_status(GetStatusRequest {}).await?.entry_count)
    }

    async fn auditor(&self) -> Result<Client, Error> {
        roster::of_many(&self.clients("auditor", 1).await?, 0)
    }

    /// Waits until the signed tree covers every entry, a minute at most.
    pub(super) async fn settle(&self) -> Result<(), Error> {
        let auditor = self.auditor().await?;
        let until = Instant::now() + PATIENCE;
        loop {
            let entries = auditor.get_status(GetStatusRequest {}).await?.entry_count;
            let checkpoint = auditor.get_checkpoint(GetCheckpointRequest {}).await?.checkpoint;
            if checkpoint.is_some_and(|checkpoint| checkpoint.size >= entries) || Instant::now() > until {
                return Ok(());
            }
            sleep(GLANCE).await;
        }
    }

    /// The bytes the vault takes on disk.
    pub(super) fn disk_bytes(&self) -> u64 {
        disk_bytes(&self.kit.vault())
    }

    /// Stops the server, and removes the folder if it was a temporary one.
    pub(super) async fn clear(self) -> Result<(), Error> {
        self.rest().await.map(drop)
    }

    /// Stops the server; the vault stays as long as what this answers.
    pub(super) async fn rest(self) -> Result<AtRest, Error> {
        self.server.stop().await?;
        Ok(AtRest { kit: self.kit, roster: self.roster, temporary: self.temporary })
    }
}

impl AtRest {
    /// Everyone in it.
    pub(super) const fn roster(&self) -> &Arc<[Subject]> {
        &self.roster
    }

    /// Certificates and configuration.
    pub(super) const fn kit(&self) -> &Kit {
        &self.kit
    }
}

/// So many connections to a server as that sample caller.
pub(super) async fn connect(kit: &Kit, server: &Process, caller: &str, connections: u32) -> Result<Vec<Client>, Error> {
    let caller = CALLERS.iter().find(|known| known.name == caller);
    let caller: &SampleCaller = caller.ok_or_else(|| Error::argument("the load", "it has no such caller"))?;
    let mut clients = Vec::with_capacity(connections as usize);
    for _ in 0..connections {
        clients.push(kit.connection(server.address(), caller).open().await?);
    }
    Ok(clients)
}

fn serve(kit: &Kit) -> Result<Process, Error> {
    let flag = |text| OsStr::new(text);
    Process::start(&[flag("serve"), flag("--log"), flag("error"), flag("--dev"), kit.folder().as_os_str()])
}

fn temporary() -> Result<TempDir, Error> {
    let made = tempfile::Builder::new().prefix("fubako-bench-").tempdir();
    made.map_err(|source| Error::Write { path: PathBuf::from("a temporary folder"), source })
}

fn is_in_memory(folder: &Path) -> bool {
    statfs(folder).is_ok_and(|system| system.f_type == TMPFS_MAGIC)
}

/// The blocks of everything below a folder; what vanishes meanwhile does not count.
fn disk_bytes(folder: &Path) -> u64 {
    let Ok(items) = read_dir(folder) else { return 0 };
    let of = |item: DirEntry| match item.metadata() {
        Ok(found) if found.is_dir() => disk_bytes(&item.path()),
        Ok(found) => found.blocks() * BLOCK,
        Err(_) => 0,
    };
    items.filter_map(Result::ok).map(of).sum()
}

const MEMBERS: u32 = 10_000;
/// Over so many connections a vault is filled.
const FILLING: u32 = 4;
const ROSTER: &str = "members";
const PATIENCE: Duration = Duration::from_mins(1);
const GLANCE: Duration = Duration::from_millis(20);
/// statfs(2)
const TMPFS_MAGIC: i64 = 0x0102_1994;
/// `st_blocks` counts in these, whatever the file system's own are (stat(3type)).
const BLOCK: u64 = 512;
