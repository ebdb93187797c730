//! How gone somebody is, on the way out.

use fubako_proto::v1;

use crate::rpc::convert::{receipt, time};
use crate::vault::backup::copies::CopyOf;
use crate::vault::mutation::Done;
use crate::vault::pending::PendingErasure;
use crate::vault::remains::{HoldingCopy, HoldingRoot};
use crate::vault::standing::{Level, Rest, Standing};

/// The standing as it travels, with its certificate.
pub(in crate::rpc) fn of(standing: &Standing, certificate: String) -> v1::GetErasureResponse {
    let key = |rest: &Rest| v1::ErasureKey {
        key: rest.key.to_string(),
        through_version: rest.through,
        left_count: rest.left,
    };
    v1::GetErasureResponse {
        level: level(standing.level).into(),
        erase_time: Some(time::to_wire(standing.erased)),
        erasure_entry_id: standing.entry.to_string(),
        keys: standing.keys.iter().map(key).collect(),
        keep_until_time: standing.kept_until.map(time::to_wire),
        certificate,
        copies: standing.remains.copies.iter().map(copy).collect(),
        roots: standing.remains.roots.iter().map(root).collect(),
        next_level: standing.level.next().map_or(v1::ErasureLevel::Unspecified, level).into(),
        next_level_time: standing.due().map(time::to_wire),
        next_level_needs: standing.next_words().trim_start_matches("next: ").to_owned(),
    }
}

/// An erasure that was asked for, as it was answered.
pub(in crate::rpc) fn of_asked(done: &Done) -> v1::EraseMemberResponse {
    let level = if done.due().is_some() { v1::ErasureLevel::Pending } else { v1::ErasureLevel::Erased };
    v1::EraseMemberResponse {
        level: level.into(),
        receipt: Some(receipt::of(done.receipt)),
        due_time: done.due().map(time::to_wire),
    }
}

/// An erasure that has not happened yet.
pub(in crate::rpc) fn of_pending(pending: &PendingErasure) -> v1::GetErasureResponse {
    v1::GetErasureResponse {
        level: v1::ErasureLevel::Pending.into(),
        erasure_entry_id: pending.entry.to_string(),
        next_level: v1::ErasureLevel::Erased.into(),
        next_level_time: Some(time::to_wire(pending.due)),
        next_level_needs: pending.next_words(),
        ..v1::GetErasureResponse::default()
    }
}

const fn level(level: Level) -> v1::ErasureLevel {
    match level {
        Level::Erased => v1::ErasureLevel::Erased,
        Level::Shredded => v1::ErasureLevel::Shredded,
        Level::Final => v1::ErasureLevel::Final,
    }
}

fn copy(copy: &HoldingCopy) -> v1::ErasureCopy {
    v1::ErasureCopy {
        copy_id: copy.id.to_string(),
        exported: copy.of == CopyOf::Scoped,
        keep_until_time: Some(time::to_wire(copy.kept_until)),
    }
}

fn root(root: &HoldingRoot) -> v1::ErasureRoot {
    v1::ErasureRoot {
        root_id: root.id.map(|id| id.to_string()).unwrap_or_default(),
        root_kind: root.kind.map(|kind| kind.name().to_owned()).unwrap_or_default(),
        in_force: root.in_force,
        provable: root.is_provable(),
    }
}
