//! Withheld fields: what of a view or a request is not shown, and why.

use std::fmt;

use crate::model::form::FormSet;
use crate::model::ids::{FieldId, Slot};

/// One field a decision does not show.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WithheldField {
    field: FieldId,
    slot: Slot,
    why: Withheld,
    forms: FormSet,
}

impl WithheldField {
    /// A slot that is not shown in any form.
    pub(super) const fn new(field: FieldId, slot: Slot, why: Withheld) -> Self {
        Self { field, slot, why, forms: FormSet::NONE }
    }

    /// Forms that were granted, and that the value, once it was opened, turned out not to have.
    #[must_use]
    pub const fn not_in_form(field: FieldId, slot: Slot, forms: FormSet) -> Self {
        Self { field, slot, why: Withheld::NotInForm, forms }
    }

    /// The field.
    #[must_use]
    pub const fn field(self) -> FieldId {
        self.field
    }

    /// The slot.
    #[must_use]
    pub const fn slot(self) -> Slot {
        self.slot
    }

    /// Why it is not shown.
    #[must_use]
    pub const fn why(self) -> Withheld {
        self.why
    }

    /// The forms that are missing, where the value has not got them; empty where the slot is withheld in every form.
    #[must_use]
    pub const fn forms(self) -> FormSet {
        self.forms
    }
}

/// Why a field, or some of its forms, is withheld.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Withheld {
    /// The purpose does not show it to the recipient's class.
    NotInView,
    /// Its full form goes into the recipient's own hands only.
    NotInPerson,
    /// A basis does not cover it.
    BasisScope,
    /// The request did not ask for it.
    NotAskedFor,
    /// The policy version the member was last told of does not show it.
    NotTold,
    /// The member has no such value.
    NotHeld,
    /// The member's value cannot be shown in that form: a card kept as a token has no last four digits.
    NotInForm,
}

impl Withheld {
    /// Every reason there is, in the order they are weighed.
    pub const ALL: [Self; 7] = [
        Self::NotInView,
        Self::NotInPerson,
        Self::BasisScope,
        Self::NotAskedFor,
        Self::NotTold,
        Self::NotHeld,
        Self::NotInForm,
    ];

    /// The reason's name in answers and explanations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotInView => "not-in-view",
            Self::NotInPerson => "not-in-person",
            Self::BasisScope => "basis-scope",
            Self::NotAskedFor => "not-asked-for",
            Self::NotTold => "not-told",
            Self::NotHeld => "not-held",
            Self::NotInForm => "not-in-form",
        }
    }

    /// The rule, in plain words.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::NotInView => "the purpose does not show it to recipients of this class",
            Self::NotInPerson => "in full it goes only to the recipient's own certificate identity",
            Self::BasisScope => "a basis the release rests on does not cover it",
            Self::NotAskedFor => "the request did not ask for it",
            Self::NotTold => "the policy version the member was last told of does not show it",
            Self::NotHeld => "the member has no such value",
            Self::NotInForm => "the member's value holds nothing that this form could be made of",
        }
    }
}

impl fmt::Display for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
