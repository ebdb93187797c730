//! A sync that never happened.

use fubako::ledger::journal::Synced;

fn main() {
    let _ = Synced { group: 1, first_index: 0, entries: 1, frame_hash: [0; 32] };
}
