//! `fubako demo`: the whole thing at work, for real, with made-up people.
//!
//! A vault in a temporary folder, a certificate authority of its own, a gRPC server on loopback, and a client for each
//! sample caller. Every answer printed is one the server gave.

mod audit;
mod companies;
mod grounds;
mod incidents;
mod people;
mod rows;
mod seen;
mod show;
mod world;

use std::env;
use std::path::{Path, PathBuf};

use clap::Args;
use ring::rand::SystemRandom;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::cli::clock::sound_now;
use crate::cli::demo::audit::Audit;
use crate::cli::demo::grounds::Grounds;
use crate::cli::demo::world::World;
use crate::cli::dev::callers::CALLERS;
use crate::cli::dev::kit::{Kit, Scale};
use crate::cli::error::Error;
use crate::cli::host::{Host, Start};
use crate::cli::screen::{Screen, print};
use crate::cli::signals::{Hangup, Signals};
use crate::cli::stop::Stop;
use crate::config;
use crate::config::environment::Environment;
use crate::telemetry::{self, LogFormat};

/// Shows it all at work.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct Demo {
    /// Leave the server running afterwards, and print how to call it
    #[arg(long)]
    keep: bool,
}

/// A server at work beside the demo.
struct Stage {
    folder: TempDir,
    kit: Kit,
    end: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), Error>>,
}

impl Demo {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let stop = Stop::new(screen);
        telemetry::start(LogFormat::Text, "error", stop.on_store_error())?;
        let (stage, mut world) = Stage::set(&stop).await?;
        let told = play(&mut world, screen).await;
        if self.keep
            && let Ok(member) = &told
        {
            stage.keep(member, screen).await?;
        }
        drop(world);
        stage.clear().await?;
        told.map(drop)
    }
}

/// The play: who there is, what everyone asks and gets, and what the ledger says of it; answers with the leading member's
/// id.
async fn play(world: &mut World, screen: Screen) -> Result<String, Error> {
    let members = people::collect(world).await?;
    companies::register(world).await?;
    let grounds = Grounds::record(world, &members).await?;
    let mut views = rows::ask_every_row(world, &members, &grounds).await?;
    views.extend(incidents::ask(world, &members).await?);
    let audit = Audit::read(world).await?;
    world.finish();
    let differing = views.iter().filter(|seen| seen.differs()).count();
    screen.show(|| show::json(members.len(), &views, &audit), || show::words(screen, &members, &views, &audit))?;
    match (differing, audit.verified()) {
        (0, true) => Ok(members.into_iter().next().map(|member| member.id).unwrap_or_default()),
        (0, false) => Err(Error::LedgerBroken),
        (several, _) => Err(Error::Differs(several)),
    }
}

impl Stage {
    /// Makes a vault with its server, and connects everyone.
    async fn set(stop: &Stop) -> Result<(Self, World), Error> {
        let made = tempfile::Builder::new().prefix("fubako-demo-").tempdir();
        let folder = made.map_err(|source| Error::Write { path: PathBuf::from("a temporary folder"), source })?;
        let (listen, now) = (([127, 0, 0, 1], 0).into(), sound_now()?);
        let kit = Kit::open_or_make(folder.path(), listen, Scale::Trial, now, &SystemRandom::new())?;
        let config = config::load(&kit.config(), &Environment::default())?;
        let host = Host::open(&config, stop, Start::Closed).await?;
        let address = host.address()?;
        kit.write_variables(address)?;
        let (end, ended) = oneshot::channel();
        let run = host.run(async move { drop(ended.await) });
        let serving = tokio::spawn(async { run.await.map(drop) });
        let world = World::connect(&kit, address).await?;
        Ok((Self { folder, kit, end, serving }, world))
    }

    /// Says how to call the server, and waits until it is asked to stop.
    async fn keep(&self, member: &str, screen: Screen) -> Result<(), Error> {
        let text = instructions(&self.kit, member);
        if screen.is_json() {
            eprintln!("{text}");
        } else {
            print(&text)?;
        }
        Signals::listen()?.arrived(Hangup::Ends).await;
        Ok(())
    }

    /// Stops the server and removes its folder.
    async fn clear(self) -> Result<(), Error> {
        // A server that has ended by itself does not listen; its result says why.
        let _ = self.end.send(());
        let served = self.serving.await;
        drop(self.folder.close());
        served.unwrap_or_else(|panicked| Err(Error::Serve(Box::new(panicked))))
    }
}

/// Blocks to paste into another terminal, and who else can call.
fn instructions(kit: &Kit, member: &str) -> String {
    let program = env::current_exe().ok();
    let path = program
        .as_deref()
        .and_then(Path::parent)
        .map_or_else(String::new, |folder| format!("export PATH='{}':\"$PATH\"\n", folder.display()));
    let become_caller = |name: &str| {
        let caller = CALLERS.iter().find(|caller| caller.name == name);
        caller
            .map_or_else(String::new, |caller| format!(". '{}'   # {}\n", kit.variables(caller).display(), caller.who))
    };
    let others = CALLERS.iter().map(|caller| caller.name).filter(|name| !["shop", "portal", "auditor"].contains(name));
    let folder = kit.folder().display();
    format!(
        "\nThe server goes on. Paste into another terminal:\n\n{path}{shop}fubako member find --reference \
         customer-1001\nfubako member disclose {member} --purpose payment --to marketplace\n\n{portal}fubako member \
         review {member} --assertion \"$(fubako member assertion {member})\"\n\n{auditor}fubako ledger list\n\n\
         In the same folder, `{folder}`, are {others}.\nCtrl-C stops it and removes the folder.\n",
        shop = become_caller("shop"),
        portal = become_caller("portal"),
        auditor = become_caller("auditor"),
        others = others.map(|name| format!("{name}.env")).collect::<Vec<_>>().join(", "),
    )
}

const EXAMPLE: &str = "Examples:
  fubako demo
  fubako demo --json | jq '.views[] | select(.outcome == \"refused\")'
  fubako demo --keep

Every person in it is made up: addresses that do not exist, e-mail under example.jp, telephone numbers nobody has, and \
card numbers the networks publish for tests.";
