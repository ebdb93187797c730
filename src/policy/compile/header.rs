//! The head of a policy file: which policy and version it is, and how it counts days and ages.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use toml::value::Datetime;

use crate::field::presentation::Presentation;
use crate::model::ids::PolicyVersion;
use crate::policy::compile::report::Report;
use crate::policy::problem::{Problem, What};
use crate::policy::source::Source;
use crate::policy::table::PolicyId;

/// The head, compiled.
pub(super) struct Header {
    pub(super) id: PolicyId,
    pub(super) version: PolicyVersion,
    pub(super) effective: Date,
    pub(super) time_zone: String,
    pub(super) presentation: Presentation,
}

/// Compiles the head; without it, a finding says why.
pub(super) fn compile(report: &mut Report<'_>, source: &Source) -> Option<Header> {
    if *source.format.get_ref() != FORMAT {
        report.add(&source.format.span(), Problem::Format(*source.format.get_ref()));
    }
    if *source.version.get_ref() == 0 {
        report.add(&source.version.span(), Problem::Zero("versions"));
    }
    let bands = source.age_bands.get_ref();
    if bands.first() != Some(&0) || !bands.is_sorted_by(|lower, upper| lower < upper) {
        report.add(&source.age_bands.span(), Problem::AgeBands);
    }
    let name = source.id.get_ref();
    let id = PolicyId::parse(name)
        .inspect_err(|_| report.add(&source.id.span(), Problem::Name { what: What::Policy, name: name.clone() }));
    let effective = day(source.effective.get_ref());
    if effective.is_none() {
        report.add(&source.effective.span(), Problem::Day);
    }
    let zone = source.time_zone.get_ref();
    let time_zone =
        TimeZone::get(zone).inspect_err(|_| report.add(&source.time_zone.span(), Problem::TimeZone(zone.clone())));
    Some(Header {
        id: id.ok()?,
        version: PolicyVersion(*source.version.get_ref()),
        effective: effective?,
        time_zone: zone.clone(),
        presentation: Presentation {
            time_zone: time_zone.ok()?,
            adult_age: source.adult_age,
            age_bands: bands.clone(),
        },
    })
}

fn day(written: &Datetime) -> Option<Date> {
    let (date, None, None) = (written.date?, written.time, written.offset) else {
        return None;
    };
    let (month, day) = (i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?);
    Date::new(i16::try_from(date.year).ok()?, month, day).ok()
}

const FORMAT: u32 = 1;
