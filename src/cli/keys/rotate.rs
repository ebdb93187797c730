//! `fubako keys rotate`, `watch` and `status`: a key's new version, and how far everything is brought under it.

use clap::Args;
use fubako_proto::v1::{RotateKeyRequest, RotationStage, WatchRotationRequest, WatchRotationResponse};
use serde_json::{Value, json};

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::keys::Choice;
use crate::cli::progress::Progress;
use crate::cli::screen::Screen;
use crate::cli::wire;

/// A key to rotate.
#[derive(Args, Debug)]
pub(in crate::cli) struct Rotate {
    #[command(flatten)]
    key: Choice,
    #[command(flatten)]
    connection: Connection,
}

/// The last rotation.
#[derive(Args, Debug)]
pub(in crate::cli) struct Watch {
    #[command(flatten)]
    connection: Connection,
}

impl Rotate {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let key = self.key.into_name();
        let answer = client.rotate_key(RotateKeyRequest { key, ..RotateKeyRequest::default() }).await?;
        let receipt = answer.receipt.as_ref();
        screen.show(
            || json!({ "rotating": answer.subject, "receipt": wire::receipt_json(receipt) }),
            || {
                let subject = &answer.subject;
                let receipt = wire::receipt_words(receipt);
                format!(
                    "`{subject}` is in use, and everything is brought under it: {receipt}\n`fubako keys watch` follows"
                )
            },
        )
    }
}

impl Watch {
    /// Follows the rotation, and tells how it ended.
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let mut answers = client.watch_rotation(WatchRotationRequest {}).await?;
        let mut bar = Progress::of(0, "bringing records under the new version");
        let mut last = None;
        while let Some(answer) = answers.next().await? {
            bar.reach(answer.checked_count, answer.total_count.max(answer.checked_count));
            last = Some(answer);
        }
        bar.finish();
        tell(last.as_ref(), screen)
    }

    /// Tells how far the rotation is now.
    pub(super) async fn once(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let answer = client.watch_rotation(WatchRotationRequest {}).await?.next().await?;
        tell(answer.as_ref(), screen)
    }
}

fn tell(rotation: Option<&WatchRotationResponse>, screen: Screen) -> Result<(), Error> {
    screen.show(
        || rotation.map_or(Value::Null, json_of),
        || rotation.map_or_else(|| "no key has been rotated".to_owned(), words),
    )
}

fn json_of(rotation: &WatchRotationResponse) -> Value {
    json!({
        "key": rotation.key,
        "version": rotation.version,
        "stage": stage_name(rotation.stage()),
        "done": rotation.checked_count,
        "total": rotation.total_count,
        "resealed": rotation.resealed_count,
        "damaged": rotation.damaged_count,
        "rate": rotation.records_per_second,
        "seconds_left": seconds_left(rotation),
        "start_time": wire::time(rotation.start_time.as_ref()),
    })
}

fn words(rotation: &WatchRotationResponse) -> String {
    let WatchRotationResponse { key, version, checked_count, total_count, resealed_count, damaged_count, .. } =
        rotation;
    let damaged = match damaged_count {
        0 => String::new(),
        count => format!("; {count} do not open and stay as they were, `fubako verify` names them"),
    };
    let left = seconds_left(rotation)
        .map_or_else(String::new, |left| format!(", {} a second, about {left} s left", rotation.records_per_second));
    match rotation.stage() {
        RotationStage::Complete => {
            format!(
                "`{key} {version}` is complete: {resealed_count} records sealed anew, nothing needs an older version"
            )
        }
        RotationStage::Incomplete => {
            format!(
                "`{key} {version}` has ended, {resealed_count} records sealed anew, and some still need an older version{damaged}"
            )
        }
        RotationStage::Proving => format!("`{key} {version}`: looking for what still needs an older version{damaged}"),
        RotationStage::Sweeping | RotationStage::Unspecified => {
            format!("`{key} {version}`: {checked_count} of {total_count} records{left}{damaged}")
        }
    }
}

fn seconds_left(rotation: &WatchRotationResponse) -> Option<u64> {
    let left = rotation.total_count.checked_sub(rotation.checked_count)?;
    left.checked_div(rotation.records_per_second)
}

const fn stage_name(stage: RotationStage) -> &'static str {
    match stage {
        RotationStage::Unspecified => "unknown",
        RotationStage::Sweeping => "sweeping",
        RotationStage::Proving => "proving",
        RotationStage::Complete => "complete",
        RotationStage::Incomplete => "incomplete",
    }
}

pub(super) const EXAMPLE: &str = "Examples:
  fubako keys rotate --class contact
  fubako keys rotate --name index          # members are found under both versions meanwhile
  fubako keys rotate --name signing        # checkpoints of the key before still verify under it
  fubako keys rotate --name pseudonym      # every recipient will know every member by another pseudonym

The new version seals everything new at once; what is stored is sealed anew in the background, also over restarts, and an \
entry says how it ended. Nothing is lost: the version before opens until two approvers destroy it.";
