//! The member record: fields sealed one by one, bound together by a manifest, opened only under a permit.

pub mod check;
pub mod collected;
pub mod compare;
pub mod edit;
pub mod open;
pub mod permit;
pub mod refresh;
pub mod register;
pub mod retained;
pub mod sealed;
pub mod tags;

/// The number no policy can give a field: what the vault keeps about the record itself.
///
/// Slot 0 is the member's external reference, slot 1 the index tags the member is listed under.
pub const SYSTEM_FIELD: crate::model::ids::FieldId = crate::model::ids::FieldId(0);
