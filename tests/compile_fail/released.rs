//! A released view put together by hand.

use fubako::ledger::accounted::Accounted;
use fubako::policy::grant::Grant;
use fubako::record::open::Released;

fn by_hand(grant: Accounted<Grant>) -> Released {
    Released { grant, fields: Vec::new() }
}

fn main() {}
