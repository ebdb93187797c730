//! `fubako ledger retire`: the keys of months past retention destroyed.

use clap::Args;
use fubako_proto::v1::RetireMonthsRequest;
use serde_json::json;

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::screen::Screen;
use crate::cli::wire;

/// Which months.
#[derive(Args, Debug)]
pub(in crate::cli) struct Retire {
    /// The last month to retire, such as 2023-11; all before it go with it
    #[arg(long, value_name = "MONTH")]
    through: String,
    /// Retire months within retention too, for this reason, which is written into the ledger
    #[arg(long, value_name = "REASON", default_value_t, hide_default_value = true)]
    override_retention: String,
    #[command(flatten)]
    connection: Connection,
}

impl Retire {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let request = RetireMonthsRequest {
            through_month: self.through,
            override_reason: self.override_retention,
            ..RetireMonthsRequest::default()
        };
        let retired = client.retire_months(request).await?;
        screen.show(
            || json!({ "months": retired.months, "receipt": wire::receipt_json(retired.receipt.as_ref()) }),
            || match retired.months.as_slice() {
                [] => "no month was left to retire".to_owned(),
                months => format!("nobody can read the details of {} any more", months.join(", ")),
            },
        )
    }
}

pub(super) const EXAMPLE: &str = "Examples:
  fubako ledger retire --through 2023-10
  fubako ledger retire --through 2026-10 --override-retention \"test vault, data of nobody\"

There is no way back: the month's ledger key is destroyed, and with it who received what in that month. Entries about \
consents, policies, keys and erasures stay readable, and every proof stays valid. A month is past retention when as many \
months as the configuration's `retention_months` (36) have passed since its end; an earlier one is refused.";
