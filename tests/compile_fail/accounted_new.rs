//! A grant accounted for by the entry of something else.

use fubako::ledger::accounted::{Accounted, Durable};
use fubako::policy::grant::Grant;

fn by_its_constructor(what: Grant, durable: Durable) -> Accounted<Grant> {
    Accounted::new(what, durable)
}

fn main() {}
