//! A record opened for release under a permit that only lets it be compared.

use fubako::ledger::accounted::Accounted;
use fubako::policy::table::Policy;
use fubako::record::open::open;
use fubako::record::permit::{Retain, Search, Verification};
use fubako::record::sealed::SealedRecord;

fn verified(record: &SealedRecord, permit: Accounted<Verification>, policy: &Policy) {
    let _ = open(record, permit, unreachable!(), policy);
}

fn searched(record: &SealedRecord, permit: Accounted<Search>, policy: &Policy) {
    let _ = open(record, permit, unreachable!(), policy);
}

fn retained(record: &SealedRecord, permit: Accounted<Retain>, policy: &Policy) {
    let _ = open(record, permit, unreachable!(), policy);
}

fn main() {}
