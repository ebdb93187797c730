//! A server in a process of its own, and what a process has taken of the machine.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use rustix::param::clock_ticks_per_second;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Deserializer, Value};
use tokio::task::{block_in_place, spawn_blocking};

use crate::cli::error::Error;

/// This program again, as a server; it does not outlive its owner.
pub(super) struct Process {
    child: Child,
    address: SocketAddr,
}

/// What a process has taken so far.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Taken {
    /// The time of the processors, in user mode and in the kernel, of all its threads.
    pub(super) processor: Duration,
    /// The memory that is resident, in bytes.
    pub(super) resident: u64,
    /// The most that ever was.
    pub(super) peak: u64,
}

impl Process {
    /// Starts this program with those arguments, and waits until it says where it listens.
    pub(super) fn start<S: AsRef<OsStr>>(arguments: &[S]) -> Result<Self, Error> {
        let program = env::current_exe().map_err(Error::Runtime)?;
        let mut command = Command::new(program);
        command.arg("--json").args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut starting = Self { child: command.spawn().map_err(Error::Runtime)?, address: ([0, 0, 0, 0], 0).into() };
        let said = starting.child.stdout.as_mut();
        starting.address = block_in_place(|| said.and_then(listening)).ok_or_else(ended)?;
        Ok(starting)
    }

    /// Where it listens.
    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has taken so far.
    pub(super) fn taken(&self) -> Result<Taken, Error> {
        taken(&self.child.id().to_string())
    }

    /// Stops it as an operator would, and waits until it has ended.
    pub(super) async fn stop(mut self) -> Result<(), Error> {
        kill_process(Pid::from_child(&self.child), Signal::TERM).map_err(|error| Error::Runtime(error.into()))?;
        let ended = spawn_blocking(move || self.child.wait()).await;
        ended.map_err(|panicked| Error::Serve(Box::new(panicked)))?.map(drop).map_err(Error::Runtime)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What this process has taken so far.
pub(super) fn own() -> Result<Taken, Error> {
    taken("self")
}

/// The address in the first answer of a server that started.
fn listening(said: &mut ChildStdout) -> Option<SocketAddr> {
    let first: Value = Deserializer::from_reader(said).into_iter().next()?.ok()?;
    first.get("listening")?.as_str()?.parse().ok()
}

fn ended() -> Error {
    Error::Runtime(io::Error::other("the server ended before it listened; its own words are above"))
}

fn taken(process: &str) -> Result<Taken, Error> {
    let read = |name: &str| {
        let path = PathBuf::from(format!("/proc/{process}/{name}"));
        fs::read_to_string(&path).map_err(|source| Error::Read { path, source })
    };
    let (stat, status) = (read("stat")?, read("status")?);
    Ok(Taken {
        processor: processor(&stat, clock_ticks_per_second()),
        resident: bytes(&status, "VmRSS:"),
        peak: bytes(&status, "VmHWM:"),
    })
}

/// `utime` and `stime` of proc(5); they stand behind the program's name, which may hold anything but ends with the last
/// bracket.
fn processor(stat: &str, ticks_per_second: u64) -> Duration {
    let (_, fields) = stat.rsplit_once(')').unwrap_or_default();
    let ticks = fields.split_ascii_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok());
    Duration::from_millis(ticks.sum::<u64>() * 1000 / ticks_per_second.max(1))
}

fn bytes(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kibibytes.unwrap_or_default() << 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_stands_behind_the_name_whatever_the_name_is() {
        let stat = "7 (a) b 1 2) S 1 7 7 0 -1 4194560 90 0 0 0 150 30 9 9 20 0 1 0 5 6 7";
        assert_eq!(processor(stat, 100), Duration::from_millis(1800));
        assert_eq!(processor("", 100), Duration::ZERO);
    }

    #[test]
    fn memory_is_read_in_bytes() {
        let status = "Name:\tfubako\nVmHWM:\t  2048 kB\nVmRSS:\t    12 kB\n";
        assert_eq!((bytes(status, "VmRSS:"), bytes(status, "VmHWM:")), (12 << 10, 2 << 20));
    }

    #[test]
    fn a_process_knows_what_it_has_taken() {
        let taken = own().unwrap_or_default();
        assert!(taken.resident > 1 << 20 && taken.peak >= taken.resident, "{taken:?}");
    }
}
