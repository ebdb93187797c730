//! Restarts: which settings of a changed configuration hold only after the next start.

use std::fmt;

use crate::config::settings::Config;
use crate::model::ids::PolicyVersion;
use crate::policy::table::Policy;

/// A setting that changed, and that a running server does not take on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NeedsRestart {
    /// A key of the configuration, as it is written there.
    Setting(&'static str),
    /// The policy's file names another version than the one in force.
    PolicyVersion {
        /// The version in the file.
        named: PolicyVersion,
        /// The version in force.
        in_force: PolicyVersion,
    },
    /// The policy's file has other words than the version in force, under the same number; the next start refuses them.
    PolicyWords(PolicyVersion),
}

/// What a server that runs by one configuration does not take on of another.
#[must_use]
pub fn needed(running: &Config, read: &Config, in_force: &Policy) -> Vec<NeedsRestart> {
    let (old, new) = (running.vault(), read.vault());
    let settings = [
        ("[vault] folder", old.folder() != new.folder()),
        ("[vault] cache", old.cache() != new.cache()),
        ("[vault] disk_reserve", old.disk_reserve() != new.disk_reserve()),
        ("[root]", running.root() != read.root()),
        ("[ledger]", running.ledger() != read.ledger()),
        ("[backup]", running.backup() != read.backup()),
        ("[erasure]", running.erasure() != read.erasure()),
        ("[keys]", running.keys() != read.keys()),
        ("[metrics]", running.metrics() != read.metrics()),
        ("[server] listen", running.server().listen() != read.server().listen()),
        ("[server] reflection", running.server().reflects() != read.server().reflects()),
    ];
    let settings = settings.into_iter().filter(|(_, changed)| *changed).map(|(name, _)| NeedsRestart::Setting(name));
    settings.chain(policy(read, in_force)).collect()
}

fn policy(read: &Config, in_force: &Policy) -> Option<NeedsRestart> {
    let (named, in_force_version) = (read.vault().policy_version(), in_force.version());
    if named != in_force_version {
        Some(NeedsRestart::PolicyVersion { named, in_force: in_force_version })
    } else if read.vault().policy_text() != in_force.text() {
        Some(NeedsRestart::PolicyWords(named))
    } else {
        None
    }
}

impl fmt::Display for NeedsRestart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(name) => write!(f, "`{name}` changed; it holds after a restart"),
            Self::PolicyVersion { named, in_force } => write!(
                f,
                "`[vault] policy` names version {named}; version {in_force} stays in force until a restart, and callers \
                 were checked against it"
            ),
            Self::PolicyWords(version) => write!(
                f,
                "`[vault] policy` has other words than version {version}, which is in force, and the next start refuses \
                 them; a changed policy needs a higher version number"
            ),
        }
    }
}
