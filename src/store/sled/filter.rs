//! The filter that makes sled's flush a real one: `sync_file_range` answers that it does not exist.
//!
//! On Linux sled flushes with `sync_file_range`, which promises nothing after a power cut. Where that call is missing
//! it falls back to `fsync` and reports its errors. The filter holds for the whole process and is never lifted; nothing
//! else here uses the call.

use std::fs::File;
use std::io;

use thiserror::Error;

/// Why the filter does not hold; the store must not be opened then.
#[derive(Debug, Error)]
pub enum FilterError {
    /// No filter can be made for this processor.
    #[error("no system call filter can be made for this processor, so the store could not flush for real")]
    Unsupported(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The system refused it.
    #[error("the system refused the system call filter that makes the store flush for real")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It was installed, yet does not answer.
    #[error("the system call filter that makes the store flush for real is not in force")]
    NotInForce(#[source] io::Error),
}

/// Makes sure that the filter holds for the whole process: installs it where it does not, and asks it.
///
/// The file may be any that is open. Other threads may be running; they are held to it too.
pub fn ensure(file: &File) -> Result<(), FilterError> {
    platform::ensure(file)
}

/// Whether the filter is in force for the calling thread.
#[must_use]
pub fn is_in_force(file: &File) -> bool {
    platform::probe(file).is_ok()
}

#[cfg(target_os = "linux")]
mod platform {
    use std::env;
    use std::fs::File;
    use std::io;
    use std::num::NonZeroU64;
    use std::sync::{Mutex, PoisonError};

    use rustix::fs::{Advice, fadvise};
    use rustix::io::Errno;
    use seccompiler::{
        BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule,
    };

    use super::FilterError;

    pub(super) fn ensure(file: &File) -> Result<(), FilterError> {
        // Two threads that install at once would refuse each other.
        let _one_at_a_time = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
        if probe(file).is_ok() {
            return Ok(());
        }
        let program = program().map_err(|error| FilterError::Unsupported(Box::new(error)))?;
        seccompiler::apply_filter_all_threads(&program).map_err(|error| FilterError::Refused(Box::new(error)))?;
        probe(file).map_err(FilterError::NotInForce)
    }

    /// `sync_file_range`, and the probe, answer `ENOSYS`; every other call passes.
    fn program() -> Result<BpfProgram, BackendError> {
        let condition =
            |argument, value| SeccompCondition::new(argument, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, value);
        let probe = SeccompRule::new(vec![condition(1, PROBE_OFFSET)?, condition(2, PROBE_LENGTH.get())?])?;
        let rules = [(libc::SYS_sync_file_range, vec![]), (libc::SYS_fadvise64, vec![probe])];
        let missing = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
        SeccompFilter::new(rules.into(), SeccompAction::Allow, missing, env::consts::ARCH.try_into()?)?.try_into()
    }

    /// Asks the filter whether it is in force: only it answers this advice, which otherwise does nothing, so.
    ///
    /// `sync_file_range` itself cannot be called without unsafe code; both calls are answered by the same program.
    pub(super) fn probe(file: &File) -> io::Result<()> {
        match fadvise(file, PROBE_OFFSET, Some(PROBE_LENGTH), Advice::Normal) {
            Err(Errno::NOSYS) => Ok(()),
            Err(error) => Err(error.into()),
            Ok(()) => Err(io::Error::other("the probe was not answered")),
        }
    }

    static INSTALLING: Mutex<()> = Mutex::new(());
    /// An offset and a length that nothing else asks about.
    const PROBE_OFFSET: u64 = 0x0066_7562_616b_6f00;
    const PROBE_LENGTH: NonZeroU64 = NonZeroU64::MIN.saturating_add(0x6675_6261);
}

#[cfg(not(target_os = "linux"))]
mod platform {
    use std::fs::File;
    use std::io;

    use super::FilterError;

    /// Nothing to do: here sled flushes with `fsync`.
    pub(super) fn ensure(_: &File) -> Result<(), FilterError> {
        Ok(())
    }

    pub(super) fn probe(_: &File) -> io::Result<()> {
        Ok(())
    }
}
