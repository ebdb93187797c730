//! What is kept of an erased member, on the way out.

use fubako_proto::v1;

use crate::record::retained::ReleasedKept;
use crate::rpc::convert::{receipt, time, view};

/// The fields in full, with the terms they were kept on and the receipt of the entry that tells of it.
pub(in crate::rpc) fn of(released: ReleasedKept) -> v1::GetRetainedResponse {
    let kept = released.kept();
    v1::GetRetainedResponse {
        erase_time: Some(time::to_wire(released.erased())),
        erasure_entry_id: kept.erasure.to_string(),
        keep_until_time: Some(time::to_wire(kept.until)),
        receipt: Some(receipt::of(released.receipt())),
        fields: released.into_fields().into_iter().map(view::field).collect(),
    }
}
