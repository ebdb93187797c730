//! Filters of entries, on the way in.

use fubako_proto::v1;

use crate::ledger::outcome::Outcome;
use crate::ledger::query::Filter;
use crate::rpc::convert::{argument, time};
use crate::rpc::error::Error;

/// The filter a request names; none lets everything pass.
pub(in crate::rpc) fn parse(filter: Option<&v1::EntryFilter>) -> Result<Filter, Error> {
    let Some(wire) = filter else { return Ok(Filter::default()) };
    let instant = |path: &'static str, wire: &Option<prost_types::Timestamp>| {
        wire.as_ref().map(|wire| time::parse(|| path.to_owned(), wire)).transpose()
    };
    let text = |path: &str, wire: &str| {
        argument::line(path, wire, NAME_BYTES).map(|text| Some(text.to_owned()).filter(|text| !text.is_empty()))
    };
    let member = &wire.member_id;
    let from = instant("filter.from_time", &wire.from_time)?;
    let until = instant("filter.until_time", &wire.until_time)?;
    time::in_order("filter.until_time", from, until)?;
    Ok(Filter {
        from,
        until,
        purpose: text("filter.purpose", &wire.purpose)?,
        recipient: text("filter.recipient", &wire.recipient)?,
        caller: text("filter.caller", &wire.caller)?,
        member: (!member.is_empty()).then(|| argument::member("filter.member_id", member)).transpose()?,
        outcome: outcome(wire.outcome)?,
    })
}

fn outcome(number: i32) -> Result<Option<Outcome>, Error> {
    match v1::EntryOutcome::try_from(number) {
        Ok(v1::EntryOutcome::Unspecified) => Ok(None),
        Ok(v1::EntryOutcome::Granted) => Ok(Some(Outcome::Granted)),
        Ok(v1::EntryOutcome::Refused) => Ok(Some(Outcome::Refused)),
        Ok(v1::EntryOutcome::NotReleased) => Ok(Some(Outcome::NotReleased)),
        Ok(v1::EntryOutcome::Done) => Ok(Some(Outcome::Done)),
        Err(_) => Err(Error::invalid("filter.outcome", "is no outcome")),
    }
}

/// No name in an entry is longer.
const NAME_BYTES: usize = 128;
