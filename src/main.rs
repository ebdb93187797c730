//! The program `fubako`: hardens its process, then does what the command line says.

use std::env;
use std::panic;
use std::process::ExitCode;

use mimalloc::MiMalloc;
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use zeroizing_alloc::ZeroAlloc;

/// Wipes what is freed, so that no value outlives its use.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<MiMalloc> = ZeroAlloc(MiMalloc);

fn main() -> ExitCode {
    // The message of a panic may quote what was being worked on; its place never does.
    panic::set_hook(Box::new(|panicked| {
        let place = panicked.location().map(ToString::to_string).unwrap_or_default();
        eprintln!("internal error at {place}");
    }));
    if let Err(error) = harden() {
        eprintln!("warning: this process could not be hardened: {error}");
    }
    fubako::cli::run(env::args_os()).into()
}

/// Keeps keys and values out of core files, and other processes of the same user out of this one's memory.
fn harden() -> Result<(), rustix::io::Errno> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
}
