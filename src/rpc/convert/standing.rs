//! How gone somebody is, on the way out.

use fubako_proto::v1;

use crate::rpc::convert::time;
use crate::vault::standing::{Level, Rest, Standing};

/// The standing as it travels, with its certificate.
pub(in crate::rpc) fn of(standing: &Standing, certificate: String) -> v1::GetErasureResponse {
    let level = match standing.level {
        Level::Erased => v1::ErasureLevel::Erased,
        Level::Shredded => v1::ErasureLevel::Shredded,
    };
    let key = |rest: &Rest| v1::ErasureKey {
        key: rest.key.to_string(),
        through_version: rest.through,
        left_count: rest.left,
    };
    v1::GetErasureResponse {
        level: level.into(),
        erase_time: Some(time::to_wire(standing.erased)),
        erasure_entry_id: standing.entry.to_string(),
        keys: standing.keys.iter().map(key).collect(),
        keep_until_time: standing.kept_until.map(time::to_wire),
        certificate,
    }
}
