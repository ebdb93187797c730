//! Correct: values put in the place of others; every envelope that is not corrected stays as it is.

use std::future::ready;

use fubako_keys::{KeyClass, KeyName};

use crate::commit::remembered::Outcome;
use crate::field::value::Value;
use crate::ledger::event::Event;
use crate::model::ids::{MemberId, Revision};
use crate::model::preferences::Signal;
use crate::policy::table::{Field, Policy};
use crate::record::edit::Editor;
use crate::record::sealed::SealedRecord;
use crate::record::tags::{self, Listing};
use crate::store::key::Key;
use crate::vault::Vault;
use crate::vault::collect::{NewValue, check_values, known_field, record_entry, record_write, with_fields};
use crate::vault::error::Error;
use crate::vault::index::index_of;
use crate::vault::mutation::{Done, Plan, Request};

/// A correction of some of a member's values.
#[derive(Debug)]
pub struct Correction {
    /// The member.
    pub member: MemberId,
    /// The revision the caller saw; [`Revision::ABSENT`] if it does not care.
    pub expected: Revision,
    /// The new values.
    pub values: Vec<NewValue>,
}

impl Vault {
    /// Corrects values; needs the role `collector`.
    pub async fn correct(&self, request: Request<'_>, correction: &Correction) -> Result<Done, Error> {
        self.admit_collector(request.caller)?;
        let policy = self.policy();
        check_values(&policy, &correction.values)?;
        let fields = correction.values.iter().filter_map(|value| policy.field(value.field));
        self.check_held(fields.clone().map(Field::class))?;
        self.check_relistable(fields)?;
        self.mutate(request, || ready(self.plan_correct(request, correction, &policy))).await
    }

    fn plan_correct(&self, request: Request<'_>, correction: &Correction, policy: &Policy) -> Result<Plan, Error> {
        let member = correction.member;
        let record = self.record_to_change(member, correction.expected)?;
        self.check_signals(member, &correction.values)?;
        let keyring = self.keyring.load_full();
        let mut editor = Editor::change(&keyring, &record);
        let listed = self.listed(&record)?;
        let mut listings = listed.clone();
        for value in &correction.values {
            let field = known_field(policy, value.field)?;
            self.put(&mut editor, field, value)?;
            listings.retain(|listing| (listing.field, listing.slot) != (value.field, value.slot));
            listings.extend(self.listing(&keyring, field, value)?);
        }
        if listings != listed {
            self.put_listings(&mut editor, &listings)?;
        }
        let (record, sealed_under) = editor.finish()?;
        let mut writes = self.relist(member, &listed, &listings)?;
        writes.push(record_write(&record)?);
        let entry = record_entry(self.entry(Event::Corrected, &request.caller.name)?, &record);
        let slots = correction.values.iter().map(|value| (value.field, value.slot));
        Ok(Plan {
            entry: with_fields(entry, policy, &record, slots),
            rests_on: vec![Key::preferences(member)],
            touches: Vec::new(),
            writes,
            sealed_under,
            outcome: Outcome { subject: member.to_string(), revision: record.revision() },
        })
    }

    /// Where the member is listed; nothing where the keyring cannot tell, and then nothing of it may be changed.
    pub(super) fn listed(&self, record: &SealedRecord) -> Result<Vec<Listing>, Error> {
        let keyring = self.keyring.load();
        if keyring.holds(KeyName::Class(KeyClass::Identity)) {
            Ok(tags::of_record(record, &keyring)?)
        } else {
            Ok(Vec::new())
        }
    }

    /// Refuses to change fields that members are listed by where the keyring cannot tell where this one is listed.
    pub(super) fn check_relistable<'a>(&self, mut fields: impl Iterator<Item = &'a Field>) -> Result<(), Error> {
        if fields.any(|field| index_of(field.kind()).is_some()) {
            self.check_held([KeyClass::Identity])
        } else {
            Ok(())
        }
    }

    /// The record, if it is there, is what was written, and is at the revision the caller saw.
    pub(super) fn record_to_change(&self, member: MemberId, expected: Revision) -> Result<SealedRecord, Error> {
        let record = self.record_row(member)?.ok_or(Error::MemberNotFound)?;
        if expected != Revision::ABSENT && expected != record.revision() {
            return Err(Error::RevisionStale { current: record.revision() });
        }
        // A record that was tampered with must not be given a fresh manifest.
        record.check_manifest(&self.keyring.load())?;
        Ok(record)
    }

    /// Refuses signals the member refuses to have collected.
    fn check_signals(&self, member: MemberId, values: &[NewValue]) -> Result<(), Error> {
        let opened_mail =
            |value: &NewValue| matches!(&value.collected.value, Value::Trace(trace) if trace.mail_signal().is_some());
        if !values.iter().any(opened_mail) {
            return Ok(());
        }
        let preferences = self.preferences_row(member)?.ok_or(Error::MemberNotFound)?;
        if preferences.content.refused_signals.contains(&Signal::MailOpening) {
            return Err(Error::SignalRefused);
        }
        Ok(())
    }
}
