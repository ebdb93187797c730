//! A grant accounted for by nothing.

use fubako::ledger::accounted::{Accounted, Receipt};
use fubako::policy::grant::Grant;

fn by_hand(what: Grant, receipt: Receipt) -> Accounted<Grant> {
    Accounted { what, receipt }
}

fn main() {}
