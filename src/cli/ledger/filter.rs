//! Which entries: the flags that `list` and `tail` have in common.

use clap::{Args, ValueEnum};
use fubako_proto::v1::{EntryFilter, EntryOutcome};

use crate::cli::wire;

/// Which entries; what is given has to be true of an entry all together.
#[derive(Args, Debug)]
#[command(next_help_heading = "Which entries")]
pub(super) struct Filter {
    /// Made at this instant or later, such as 2026-11-23T09:00:00+09:00
    #[arg(long, value_name = "TIME", value_parser = wire::instant)]
    from: Option<prost_types::Timestamp>,
    /// Made before this instant
    #[arg(long, value_name = "TIME", value_parser = wire::instant)]
    until: Option<prost_types::Timestamp>,
    /// For this purpose
    #[arg(long, value_name = "PURPOSE", default_value_t, hide_default_value = true)]
    purpose: String,
    /// To this party, or to `marketplace`, `member` or `public`
    #[arg(long, value_name = "RECIPIENT", default_value_t, hide_default_value = true)]
    to: String,
    /// Made by this caller, or by `vault`
    #[arg(long, value_name = "CALLER", default_value_t, hide_default_value = true)]
    caller: String,
    /// About this member
    #[arg(long, value_name = "ID", default_value_t, hide_default_value = true)]
    member: String,
    /// With this outcome
    #[arg(long, value_enum)]
    outcome: Option<Outcome>,
}

/// What became of what was asked.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Outcome {
    Granted,
    Refused,
    NotReleased,
    Done,
}

impl Filter {
    /// The filter as it travels.
    pub(super) fn into_wire(self) -> EntryFilter {
        let outcome = match self.outcome {
            None => EntryOutcome::Unspecified,
            Some(Outcome::Granted) => EntryOutcome::Granted,
            Some(Outcome::Refused) => EntryOutcome::Refused,
            Some(Outcome::NotReleased) => EntryOutcome::NotReleased,
            Some(Outcome::Done) => EntryOutcome::Done,
        };
        EntryFilter {
            from_time: self.from,
            until_time: self.until,
            purpose: self.purpose,
            recipient: self.to,
            caller: self.caller,
            member_id: self.member,
            outcome: outcome.into(),
        }
    }
}
