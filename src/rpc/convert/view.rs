//! Views: what was released, field by field, with what was withheld and why.

use fubako_proto::v1;

use crate::policy::grant::Grant;
use crate::policy::table::Policy;
use crate::policy::terms::Term;
use crate::policy::withheld::WithheldField;
use crate::record::open::{Released, ReleasedField};
use crate::rpc::convert::{receipt, shown, time};

/// The view, and the receipt of the entry that tells of it.
pub(in crate::rpc) fn of(released: Released, policy: &Policy) -> v1::Disclosure {
    let receipt = receipt::of(released.receipt());
    let mut view = frame(released.grant(), policy);
    view.withheld.extend(withheld(released.not_in_form(), policy));
    view.fields = released.into_fields().into_iter().map(field).collect();
    v1::Disclosure { view: Some(view), receipt: Some(receipt) }
}

/// What is withheld, as it travels.
pub(in crate::rpc) fn withheld(fields: &[WithheldField], policy: &Policy) -> Vec<v1::WithheldField> {
    let field = |withheld: &WithheldField| v1::WithheldField {
        field: policy.field(withheld.field()).map(|field| field.name().to_string()).unwrap_or_default(),
        slot: withheld.slot().0.into(),
        reason: withheld.why().name().to_owned(),
        rule: withheld.why().rule().to_owned(),
        forms: withheld.forms().iter().map(|form| form.name().to_owned()).collect(),
    };
    fields.iter().map(field).collect()
}

/// Everything of a view but its values.
fn frame(grant: &Grant, policy: &Policy) -> v1::View {
    let delete_by = grant.terms().iter().find_map(|term| match term {
        Term::DeleteBy(by) => Some(time::to_wire(*by)),
        Term::UseOnlyForPurpose | Term::NoOnwardWithoutConsent | Term::SecrecyAgreement(_) | Term::UnderPolicy(_) => {
            None
        }
    });
    v1::View {
        fields: Vec::new(),
        withheld: withheld(grant.withheld(), policy),
        terms: grant.terms().iter().map(ToString::to_string).collect(),
        delete_by_time: delete_by,
        policy_version: grant.policy_version().0,
    }
}

/// One field with what it shows.
pub(in crate::rpc) fn field(released: ReleasedField) -> v1::ViewField {
    let (field, slot) = (released.name().to_string(), released.slot().0.into());
    let values = released.into_shown().into_iter();
    let values =
        values.map(|(form, value)| v1::FormValue { form: form.name().to_owned(), value: Some(shown::to_wire(value)) });
    v1::ViewField { field, slot, values: values.collect() }
}
