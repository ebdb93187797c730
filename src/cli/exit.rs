//! Exit codes: what became of a command, for the script that ran it.

use std::process::ExitCode;

/// What became of a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// It did what was asked.
    Done,
    /// It was refused, or something it found is wrong.
    Failed,
    /// The command line cannot be understood.
    Usage,
    /// The vault cannot be reached.
    Unreachable,
    /// The program or the vault failed in a way it should not.
    Internal,
    /// A write could not be made durable; the server stopped without answering.
    NotDurable,
    /// The configuration or the policy has mistakes.
    Mistakes,
}

impl Exit {
    /// The code the system sees; from 64 up as in `sysexits.h`.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Unreachable => 3,
            Self::Internal => 70,
            Self::NotDurable => 74,
            Self::Mistakes => 78,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// The codes, as the help lists them.
pub(super) const HELP: &str = "Exit codes:
  0   done
  1   refused, or something that was checked is wrong
  2   the command line cannot be understood
  3   the vault cannot be reached
  70  an internal failure; the server's log tells more
  74  a write could not be made durable, so the server stopped
  78  the configuration or the policy has mistakes";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_told_in_the_help() {
        let exits = [
            Exit::Done,
            Exit::Failed,
            Exit::Usage,
            Exit::Unreachable,
            Exit::Internal,
            Exit::NotDurable,
            Exit::Mistakes,
        ];
        let told: Vec<u8> = HELP.lines().filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect();
        assert_eq!(told, exits.map(Exit::code));
    }
}
