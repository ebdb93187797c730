//! An entry said to be durable that was never synced.

use fubako::ledger::accounted::{Durable, Receipt};

fn by_hand(receipt: Receipt) -> Durable {
    Durable(receipt)
}

fn main() {}
