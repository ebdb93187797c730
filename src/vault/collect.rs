//! Collect: a new member's values, sealed one by one, listed in the blind index, and written down with their record.

use fubako_keys::{IndexKind, KeyClass, KeyName, Keyring};
use zeroize::Zeroizing;

use crate::commit::remembered::Outcome;
use crate::commit::work::Write;
use crate::field::kind::Kind;
use crate::field::pseudonym_secret::PseudonymSecret;
use crate::field::value::Value;
use crate::ledger::entry::Entry;
use crate::ledger::event::Event;
use crate::ledger::leaf::FieldDraft;
use crate::model::caller::{Caller, Role};
use crate::model::ids::{FieldId, MemberId, Revision, Slot};
use crate::model::label::Label;
use crate::model::preferences::Preferences;
use crate::model::source::Source;
use crate::policy::table::{Field, Policy};
use crate::record::SYSTEM_FIELD;
use crate::record::collected::Collected;
use crate::record::compare::REFERENCE_SLOT;
use crate::record::edit::Editor;
use crate::record::sealed::SealedRecord;
use crate::record::tags::{self, Listing, TAGS_SLOT};
use crate::store::key::Key;
use crate::store::row::Row;
use crate::vault::Vault;
use crate::vault::error::{Cause, Error, Taken};
use crate::vault::find::Clue;
use crate::vault::index::index_of;
use crate::vault::mutation::{Done, Plan, Request};

/// A value to be stored, parsed.
#[derive(Debug)]
pub struct NewValue {
    /// The field.
    pub field: FieldId,
    /// Which of its values.
    pub slot: Slot,
    /// The value and where it comes from.
    pub collected: Collected,
}

/// A new member.
#[derive(Debug)]
pub struct NewMember {
    /// The id the client gives, if it does.
    pub member: Option<MemberId>,
    /// What the member is called outside, in its normal form.
    pub reference: Option<Zeroizing<String>>,
    /// The values.
    pub values: Vec<NewValue>,
}

impl Vault {
    /// Lets a collector in; worth asking before work is put into what it wants stored.
    pub fn admit_collector(&self, caller: &Caller) -> Result<(), Error> {
        self.admit(caller, &[Role::Collector])
    }

    /// Stores a new member; needs the role `collector`.
    pub async fn collect(&self, request: Request<'_>, new: &NewMember) -> Result<Done, Error> {
        self.admit_collector(request.caller)?;
        let policy = self.policy();
        check_values(&policy, &new.values)?;
        let given = new.values.iter().filter_map(|value| policy.field(value.field));
        let secrets = policy.fields().iter().filter(|field| field.kind() == Kind::Pseudonym);
        // The vault's own part of a record, such as where the member is listed, is of the class `identity`.
        self.check_held(given.chain(secrets).map(Field::class).chain([KeyClass::Identity]))?;
        let member = match new.member {
            Some(member) => member,
            None => MemberId::new(self.now(), &self.random_bytes()?),
        };
        self.mutate(request, || self.plan_collect(request, member, new, &policy)).await
    }

    async fn plan_collect(
        &self,
        request: Request<'_>,
        member: MemberId,
        new: &NewMember,
        policy: &Policy,
    ) -> Result<Plan, Error> {
        let erased = self.store.get(&Key::retained(member)).map_err(Error::StoreUnavailable)?.is_some();
        if erased || self.record_row(member)?.is_some() {
            return Err(Error::AlreadyExists(Taken::MemberId));
        }
        let keyring = self.keyring.load_full();
        let mut editor = Editor::create(&keyring, member);
        let mut listings = Vec::new();
        for value in &new.values {
            let field = known_field(policy, value.field)?;
            self.put(&mut editor, field, value)?;
            listings.extend(self.listing(&keyring, field, value)?);
        }
        self.put_pseudonym_secrets(&mut editor, policy)?;
        if let Some(reference) = &new.reference {
            let listing = self.reference_listing(&keyring, reference)?;
            self.check_unique(request.caller, &keyring, reference).await?;
            let at = (SYSTEM_FIELD, REFERENCE_SLOT);
            editor.put(KeyClass::Identity, at, reference.as_bytes(), self.random.as_ref())?;
            listings.push(listing);
        }
        self.put_listings(&mut editor, &listings)?;
        let (record, sealed_under) = editor.finish()?;
        let collected_in = Some(keyring.generation());
        let preferences = Preferences { told: policy.version(), collected_in, ..Preferences::default() };
        let mut writes = self.relist(member, &[], &listings)?;
        writes.push(self.write_row(Key::preferences(member), Revision::ABSENT, &preferences)?);
        let entry = record_entry(self.entry(Event::Collected, &request.caller.name)?, &record);
        let entry = with_fields(entry, policy, &record, new.values.iter().map(|value| (value.field, value.slot)));
        let outcome = Outcome { subject: member.to_string(), revision: record.revision() };
        writes.push(record_write(&record)?);
        Ok(Plan { entry, rests_on: Vec::new(), touches: Vec::new(), writes, sealed_under, outcome })
    }

    /// Seals one value into its slot.
    pub(super) fn put(&self, editor: &mut Editor<'_>, field: &Field, value: &NewValue) -> Result<(), Error> {
        let plain = value.collected.encode();
        editor.put(field.class(), (value.field, value.slot), &plain, self.random.as_ref())?;
        Ok(())
    }

    /// Seals the tags a member is listed under.
    pub(super) fn put_listings(&self, editor: &mut Editor<'_>, listings: &[Listing]) -> Result<(), Error> {
        let at = (SYSTEM_FIELD, TAGS_SLOT);
        editor.put(KeyClass::Identity, at, &tags::encode(listings), self.random.as_ref())?;
        editor.note_active(KeyName::Index);
        Ok(())
    }

    fn put_pseudonym_secrets(&self, editor: &mut Editor<'_>, policy: &Policy) -> Result<(), Error> {
        for field in policy.fields().iter().filter(|field| field.kind() == Kind::Pseudonym) {
            let secret = PseudonymSecret::born(|bytes| self.random.fill(bytes).map_err(|_| Cause::Random))?;
            let value = Value::PseudonymSecret(secret);
            let collected = Collected { value, source: Source::Import, time: self.now(), policy: policy.version() };
            self.put(editor, field, &NewValue { field: field.id(), slot: Slot(0), collected })?;
        }
        Ok(())
    }

    /// Where a value is listed, if members can be found by its kind.
    pub(super) fn listing(&self, keyring: &Keyring, field: &Field, value: &NewValue) -> Result<Option<Listing>, Error> {
        let (Some(kind), Some(normal)) = (index_of(field.kind()), value.collected.value.normal_form()) else {
            return Ok(None);
        };
        let tag = self.tag(keyring, kind, &normal)?;
        Ok(Some(Listing { field: value.field, slot: value.slot, kind, tag }))
    }

    /// Refuses a reference another member has; the bucket's revision keeps two from taking it at once.
    async fn check_unique(&self, caller: &Caller, keyring: &Keyring, reference: &str) -> Result<(), Error> {
        if self.candidates(keyring, IndexKind::Reference, reference.as_bytes())?.is_empty() {
            return Ok(());
        }
        let permit = self.permit_search(caller, Label::default(), IndexKind::Reference).await?;
        let clue = Clue::Reference(Zeroizing::new(reference.as_bytes().to_vec()));
        if self.matching(&permit, &clue)?.is_empty() { Ok(()) } else { Err(Error::AlreadyExists(Taken::Reference)) }
    }

    fn reference_listing(&self, keyring: &Keyring, reference: &str) -> Result<Listing, Error> {
        let kind = IndexKind::Reference;
        let tag = self.tag(keyring, kind, reference.as_bytes())?;
        Ok(Listing { field: SYSTEM_FIELD, slot: REFERENCE_SLOT, kind, tag })
    }
}

/// Refuses values no record of this policy can hold.
pub(super) fn check_values(policy: &Policy, values: &[NewValue]) -> Result<(), Error> {
    for (position, value) in values.iter().enumerate() {
        let field = known_field(policy, value.field)?;
        let twice = values.iter().take(position).any(|other| (other.field, other.slot) == (value.field, value.slot));
        let problem = if value.collected.value.kind() != field.kind() {
            "the value is not of the field's kind".to_owned()
        } else if value.slot.0 >= field.slots() {
            match field.slots() {
                1 => "the field has one value only, slot 0".to_owned(),
                slots => format!("the field has {slots} slots, from 0 to {}", slots.saturating_sub(1)),
            }
        } else if twice {
            "the slot is given twice".to_owned()
        } else {
            continue;
        };
        return Err(Error::Invalid { argument: field.name().to_string(), problem });
    }
    Ok(())
}

pub(super) fn known_field(policy: &Policy, id: FieldId) -> Result<&Field, Error> {
    policy.field(id).ok_or_else(|| Error::FieldUnknown(id.to_string()))
}

/// The write that stores a record.
pub(super) fn record_write(record: &SealedRecord) -> Result<Write, Error> {
    let row = Row::new(record.revision(), record.as_bytes().to_vec())?;
    Ok(Write::put(Key::record(record.member()), row))
}

/// Says in the entry which record it made.
pub(super) fn record_entry(entry: Entry, record: &SealedRecord) -> Entry {
    let mut entry = entry.about(record.member());
    entry.leaf.revision = record.revision().0;
    entry.leaf.manifest = Some(*record.manifest().mac());
    entry
}

/// Says in the entry which slots it is about.
pub(super) fn with_fields(
    mut entry: Entry,
    policy: &Policy,
    record: &SealedRecord,
    slots: impl Iterator<Item = (FieldId, Slot)>,
) -> Entry {
    let named = |(field, slot): (FieldId, Slot)| {
        let name = policy.field(field)?.name().into();
        let key_version = record.key_version(field, slot);
        Some(FieldDraft { name, slot: slot.0.into(), forms: Label::default(), key_version })
    };
    entry.leaf.fields = slots.filter_map(named).collect();
    entry
}
