//! What could have been seen, on the way out.

use fubako_proto::v1;

use crate::vault::exposure::Exposure;

/// The sum as it travels.
pub(in crate::rpc) fn of(exposure: &Exposure) -> v1::ExposureSummary {
    let forms = exposure.forms.iter().map(|((field, form), (entries, members))| v1::ExposedForm {
        field: field.clone(),
        form: form.clone(),
        entries: *entries,
        members: members.len() as u64,
    });
    v1::ExposureSummary {
        releases: exposure.releases,
        members: exposure.members.len() as u64,
        forms: forms.collect(),
        forgotten: exposure.forgotten,
        resealed: exposure.resealed,
        previous_origin: exposure.previous_origin.clone().unwrap_or_default(),
    }
}
