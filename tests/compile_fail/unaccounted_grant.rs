//! A record opened under a grant that nobody wrote down.

use fubako::policy::grant::Grant;
use fubako::policy::table::Policy;
use fubako::record::open::open;
use fubako::record::sealed::SealedRecord;
use fubako_keys::Keyring;

fn unaccounted(record: &SealedRecord, grant: Grant, keyring: &Keyring, policy: &Policy) {
    let _ = open(record, grant, keyring, policy);
}

fn main() {}
