//! Leave to read what is kept of an erased member, put together by hand.

use fubako::policy::retained::{KeptOf, LegalGrant};

fn forged(kept: KeptOf) -> LegalGrant {
    LegalGrant { caller: unreachable!(), kept }
}

fn main() {}
