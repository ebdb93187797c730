//! A record opened under a grant that nobody wrote down.

use fubako::policy::grant::Grant;
use fubako::policy::table::Policy;
use fubako::record::open::open;
use fubako::record::sealed::SealedRecord;

fn unaccounted(record: &SealedRecord, grant: Grant, policy: &Policy) {
    let _ = open(record, grant, unreachable!(), policy);
}

fn main() {}
