//! Fields with their forms on the command line: `address:full@1`, `card:last4+brand`.

use std::str::FromStr;

use fubako_proto::v1::{FieldRequest, ScopeItem};

/// A field, the widest forms meant, and the slot, if one is named.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct FieldForms {
    field: String,
    forms: Vec<String>,
    slot: Option<u32>,
}

impl FromStr for FieldForms {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (text, slot) = match text.split_once('@') {
            Some((text, slot)) => (text, Some(slot.parse().map_err(|_| "the slot after `@` must be a number")?)),
            None => (text, None),
        };
        let (field, forms) = text.split_once(':').ok_or(SHAPE)?;
        let forms: Vec<String> = forms.split('+').map(ToOwned::to_owned).collect();
        if field.is_empty() || forms.iter().any(String::is_empty) {
            return Err(SHAPE);
        }
        Ok(Self { field: field.to_owned(), forms, slot })
    }
}

impl From<FieldForms> for ScopeItem {
    fn from(item: FieldForms) -> Self {
        Self { field: item.field, forms: item.forms, slot: item.slot }
    }
}

impl FieldForms {
    /// As a part of a request, which names no slots: the bases do.
    pub(super) fn into_request(self) -> Result<FieldRequest, &'static str> {
        match self.slot {
            Some(_) => Err("a request names no slot; the basis it rests on does"),
            None => Ok(FieldRequest { field: self.field, forms: self.forms }),
        }
    }
}

const SHAPE: &str = "write a field and its forms, such as `address:full` or `card:last4+brand`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_read_with_its_forms_and_slot() {
        let forms = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let gift = FieldForms { field: "address".to_owned(), forms: forms(&["full"]), slot: Some(1) };
        assert_eq!("address:full@1".parse(), Ok(gift));
        let card = FieldForms { field: "card".to_owned(), forms: forms(&["last4", "brand"]), slot: None };
        assert_eq!("card:last4+brand".parse(), Ok(card));
    }

    #[test]
    fn a_field_without_forms_means_nothing_and_is_refused() {
        for text in ["address", "address:", ":full", "address:full+", "address:full@x", ""] {
            assert!(text.parse::<FieldForms>().is_err(), "{text}");
        }
    }
}
