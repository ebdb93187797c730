//! Fields on the command line, each with its slot and forms: `address@1`, `address@1:full`, `card:last4+brand`.

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
        let (place, forms) = text.split_once(':').ok_or(SHAPE)?;
        let (field, slot) = field_and_slot(place)?;
        let forms: Vec<String> = forms.split('+').map(ToOwned::to_owned).collect();
        if forms.iter().any(|form| form.is_empty() || form.contains('@')) {
            return Err(SHAPE);
        }
        Ok(Self { field, forms, slot })
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

/// A field, with the slot if one is named: `address`, `address@1`.
pub(super) fn field_and_slot(text: &str) -> Result<(String, Option<u32>), &'static str> {
    let (field, slot) = match text.split_once('@') {
        Some((field, slot)) => {
            (field, Some(slot.parse().map_err(|_| "write the slot behind its field, as `address@1`")?))
        }
        None => (text, None),
    };
    if field.is_empty() { Err(SHAPE) } else { Ok((field.to_owned(), slot)) }
}

const SHAPE: &str = "write a field and its forms, such as `address:full`, `address@1:full` or `card:last4+brand`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_read_with_its_forms_and_slot() {
        let forms = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let gift = FieldForms { field: "address".to_owned(), forms: forms(&["full"]), slot: Some(1) };
        assert_eq!("address@1:full".parse(), Ok(gift));
        let card = FieldForms { field: "card".to_owned(), forms: forms(&["last4", "brand"]), slot: None };
        assert_eq!("card:last4+brand".parse(), Ok(card));
    }

    #[test]
    fn a_field_without_forms_means_nothing_and_is_refused() {
        for text in ["address", "address:", ":full", "address:full+", "address@x:full", "address:full@1", "@1:full", ""]
        {
            assert!(text.parse::<FieldForms>().is_err(), "{text}");
        }
    }
}
