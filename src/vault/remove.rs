//! Remove: some of a member's values leave the record, and nothing of them stays in the live store.

use std::future::ready;

use crate::commit::remembered::Outcome;
use crate::ledger::event::Event;
use crate::model::ids::{FieldId, MemberId, Revision, Slot};
use crate::policy::table::Policy;
use crate::record::edit::Editor;
use crate::store::key::Key;
use crate::vault::Vault;
use crate::vault::collect::{known_field, record_entry, record_write, with_fields};
use crate::vault::error::Error;
use crate::vault::mutation::{Done, Plan, Request};

/// A removal of some of a member's values.
#[derive(Debug)]
pub struct Removal {
    /// The member.
    pub member: MemberId,
    /// The revision the caller saw; [`Revision::ABSENT`] if it does not care.
    pub expected: Revision,
    /// The fields, each with the slot meant, or all of its slots.
    pub fields: Vec<(FieldId, Option<Slot>)>,
}

impl Vault {
    /// Removes values; needs the role `collector`.
    pub async fn remove_fields(&self, request: Request<'_>, removal: &Removal) -> Result<Done, Error> {
        self.admit_collector(request.caller)?;
        let policy = self.policy();
        for (field, _) in &removal.fields {
            // What pseudonyms are derived from is no value of the member's, and could not be put back.
            if !known_field(&policy, *field)?.is_stored() {
                return Err(Error::FieldUnknown(field.to_string()));
            }
        }
        self.check_relistable(removal.fields.iter().filter_map(|(field, _)| policy.field(*field)))?;
        let plan = || {
            let hold = self.check_hold(removal.member)?;
            self.plan_remove(request, removal, (&policy, vec![hold]))
        };
        self.mutate(request, || ready(plan())).await
    }

    /// Removes values again that a restore brought back. A hold of the restored vault does not stop it: it was decided before.
    pub(super) async fn remove_again(&self, request: Request<'_>, removal: &Removal) -> Result<Done, Error> {
        let policy = self.policy();
        self.mutate(request, || ready(self.plan_remove(request, removal, (&policy, Vec::new())))).await
    }

    fn plan_remove(
        &self,
        request: Request<'_>,
        removal: &Removal,
        (policy, rests_on): (&Policy, Vec<Key>),
    ) -> Result<Plan, Error> {
        let record = self.record_to_change(removal.member, removal.expected)?;
        let named = |field: FieldId, slot: Slot| {
            removal.fields.iter().any(|(wanted, only)| *wanted == field && only.is_none_or(|only| only == slot))
        };
        let slots: Vec<(FieldId, Slot)> =
            record.slots().map(|slot| (slot.field, slot.slot)).filter(|(field, slot)| named(*field, *slot)).collect();
        if slots.is_empty() {
            let problem = "the member has none of these values".to_owned();
            return Err(Error::Invalid { argument: "fields".to_owned(), problem });
        }
        let keyring = self.keyring.load_full();
        let listed = self.listed(&record)?;
        let mut listings = listed.clone();
        listings.retain(|listing| !slots.contains(&(listing.field, listing.slot)));
        let mut editor = Editor::change(&keyring, &record);
        for (field, slot) in &slots {
            editor.remove(*field, *slot);
        }
        if listings != listed {
            self.put_listings(&mut editor, &listings)?;
        }
        let (record, sealed_under) = editor.finish()?;
        let mut writes = self.relist(removal.member, &listed, &listings)?;
        writes.push(record_write(&record)?);
        let entry = record_entry(self.entry(Event::FieldsRemoved, &request.caller.name)?, &record);
        for (field, slot) in &slots {
            let class = known_field(policy, *field)?.class();
            writes.push(self.removed_write(&entry, (removal.member, *field, *slot), class)?);
        }
        Ok(Plan {
            entry: with_fields(entry, policy, &record, slots.into_iter()),
            rests_on,
            touches: Vec::new(),
            writes,
            sealed_under,
            outcome: Outcome { subject: removal.member.to_string(), revision: record.revision() },
        })
    }
}
