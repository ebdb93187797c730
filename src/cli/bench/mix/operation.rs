//! What GDPRbench's mixes consist of: its operations, and the call that stands for each.

use clap::ValueEnum;

use crate::cli::bench::random::Random;

/// A mix: who works with the members' data.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Workload {
    /// Who keeps them
    Controller,
    /// Whom they are about
    Customer,
    /// Who works with them for somebody else
    Processor,
}

/// An operation of a mix.
#[derive(Debug)]
pub(super) struct Operation {
    /// GDPRbench's word for it.
    pub(super) name: &'static str,
    /// The sample caller that calls. The portal does with the member's own assertion.
    pub(super) caller: &'static str,
    pub(super) call: Call,
    /// How many of a hundred.
    share: usize,
}

/// The call that stands for an operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Call {
    CollectMember,
    EraseMember,
    RecordBasis,
    SetRestriction,
    ReviewMember,
    ListDisclosures,
    CorrectMember,
    SetPreferences,
    Disclose,
    ListEntries,
}

/// How often which member is chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Distribution {
    Uniform,
    Zipfian,
}

impl Workload {
    /// The name in figures.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Controller => "mix-controller",
            Self::Customer => "mix-customer",
            Self::Processor => "mix-processor",
        }
    }

    pub(super) const fn distribution(self) -> Distribution {
        match self {
            Self::Controller | Self::Processor => Distribution::Uniform,
            Self::Customer => Distribution::Zipfian,
        }
    }

    pub(super) const fn operations(self) -> &'static [Operation] {
        match self {
            Self::Controller => &CONTROLLER,
            Self::Customer => &CUSTOMER,
            Self::Processor => &PROCESSOR,
        }
    }

    /// The place of an operation, drawn by its share.
    pub(super) fn draw(self, random: &mut Random) -> usize {
        let (drawn, mut below) = (random.below(100), 0);
        let hit = self.operations().iter().position(|operation| {
            below += operation.share;
            drawn < below
        });
        hit.unwrap_or_default()
    }
}

impl Distribution {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Zipfian => "zipfian",
        }
    }
}

impl Call {
    /// The call's name in the interface.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::CollectMember => "CollectMember",
            Self::EraseMember => "EraseMember",
            Self::RecordBasis => "RecordBasis",
            Self::SetRestriction => "SetRestriction",
            Self::ReviewMember => "ReviewMember",
            Self::ListDisclosures => "ListDisclosures",
            Self::CorrectMember => "CorrectMember",
            Self::SetPreferences => "SetPreferences",
            Self::Disclose => "Disclose",
            Self::ListEntries => "ListEntries",
        }
    }
}

const fn operation(share: usize, name: &'static str, caller: &'static str, call: Call) -> Operation {
    Operation { name, caller, call, share }
}

const CONTROLLER: [Operation; 4] = [
    operation(25, "insert", "shop", Call::CollectMember),
    operation(25, "delete", "officer", Call::EraseMember),
    operation(25, "update_metadata_by_purpose", "registry", Call::RecordBasis),
    operation(25, "update_metadata_by_user", "officer", Call::SetRestriction),
];

const CUSTOMER: [Operation; 5] = [
    operation(20, "read", "portal", Call::ReviewMember),
    operation(20, "read_metadata", "portal", Call::ListDisclosures),
    operation(20, "update", "portal", Call::CorrectMember),
    operation(20, "update_metadata", "portal", Call::SetPreferences),
    operation(20, "delete", "portal", Call::EraseMember),
];

const PROCESSOR: [Operation; 3] = [
    operation(20, "read", "shop", Call::Disclose),
    operation(40, "read_metadata_by_purpose", "auditor", Call::ListEntries),
    operation(40, "read_metadata_by_user", "auditor", Call::ListDisclosures),
];

/// What the help says of them.
pub(super) const HELP: &str = "Operations:
  controller  insert CollectMember, delete EraseMember by the officer, update metadata by purpose RecordBasis, update \
metadata by user SetRestriction: 25 % each, members chosen uniformly
  customer    by the member: read ReviewMember, read metadata ListDisclosures, update CorrectMember (address, phone), \
update metadata SetPreferences, delete EraseMember: 20 % each, members chosen by Zipf's law
  processor   20 % read Disclose (a seller's view), 40 % read metadata by purpose ListEntries (a page of the purpose's \
entries), 40 % read metadata by user ListDisclosures: members chosen uniformly

Who is erased is chosen for nothing else, and is gone from a kept folder's list of members: the next run has fewer. Why \
these calls, and what PostgreSQL does instead: docs/benchmarks.md.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_a_hundred_and_each_operation_is_drawn_by_its_own() {
        for workload in Workload::value_variants() {
            let operations = workload.operations();
            assert_eq!(operations.iter().map(|operation| operation.share).sum::<usize>(), 100);
            let (mut random, mut drawn) = (Random::new(1, 1), vec![0_usize; operations.len()]);
            for _ in 0..10_000 {
                if let Some(count) = drawn.get_mut(workload.draw(&mut random)) {
                    *count += 1;
                }
            }
            for (operation, count) in operations.iter().zip(drawn) {
                assert!(count.abs_diff(operation.share * 100) < 150, "{operation:?}: {count}");
            }
        }
    }

    #[test]
    fn the_help_names_every_operation_and_its_call() {
        for workload in Workload::value_variants() {
            for operation in workload.operations() {
                let pair = format!("{} {}", operation.name.replace('_', " "), operation.call.name());
                assert!(HELP.contains(&pair), "{pair}");
            }
        }
    }
}
