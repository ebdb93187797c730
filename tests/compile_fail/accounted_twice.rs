//! One durable entry spent on two grants.

use fubako::ledger::accounted::Durable;
use fubako::ledger::draft::Pending;
use fubako::policy::grant::Grant;

fn twice(first: Pending<Grant>, second: Pending<Grant>, durable: Durable) {
    let _ = first.account(durable);
    let _ = second.account(durable);
}

fn main() {}
