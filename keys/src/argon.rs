//! Argon2id (RFC 9106, version 1.3) within bounds.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroizing;

/// How much work Argon2id does. Bounded, so that nobody's bytes can ask for all memory or for days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArgonCost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl ArgonCost {
    /// For root keys from a passphrase: 64 MiB, 3 passes, 4 lanes, the second recommended option of RFC 9106,
    /// section 4. Lanes are computed one after the other here, so that a fourth lane costs nothing extra.
    pub const ROOT: Self = Self { memory_kib: 64 << 10, passes: 3, lanes: 4 };

    /// For members' passwords: 19 MiB, 2 passes, 1 lane, as the OWASP password storage cheat sheet advises for
    /// servers that verify many.
    pub const PASSWORD: Self = Self { memory_kib: 19 << 10, passes: 2, lanes: 1 };

    /// A cost of at least 8 KiB a lane and 1 pass, and at most 1 GiB, 16 passes and 16 lanes.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, ArgonError> {
        let bounded = (1..=MAX_PASSES).contains(&passes)
            && (1..=MAX_LANES).contains(&lanes)
            && (8 * lanes..=MAX_MEMORY_KIB).contains(&memory_kib);
        if bounded {
            Ok(Self { memory_kib, passes, lanes })
        } else {
            Err(ArgonError::OutOfBounds { memory_kib, passes, lanes })
        }
    }

    /// Memory in KiB.
    #[must_use]
    pub const fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// Passes over the memory.
    #[must_use]
    pub const fn passes(self) -> u32 {
        self.passes
    }

    /// Degree of parallelism.
    #[must_use]
    pub const fn lanes(self) -> u32 {
        self.lanes
    }

    /// Derives `output` from a password and its salt of at least 8 bytes; the memory used is wiped.
    pub(crate) fn derive(self, password: &[u8], salt: &[u8], output: &mut [u8]) -> Result<(), ArgonError> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(output.len()))
            .map_err(|_| ArgonError::NotComputed)?;
        let mut memory = Zeroizing::new(Vec::new());
        // Checked, since a vault that cannot get the memory should say so and not abort.
        memory.try_reserve_exact(params.block_count()).map_err(|_| ArgonError::NoMemory)?;
        memory.resize(params.block_count(), Block::new());
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(password, salt, output, memory.as_mut_slice())
            .map_err(|_| ArgonError::NotComputed)
    }
}

/// Why Argon2id was not computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArgonError {
    /// Too little work to be allowed, or too much.
    #[error(
        "an argon2 cost of {memory_kib} KiB, {passes} passes and {lanes} lanes is out of bounds; \
         at least 8 KiB a lane and 1 pass, at most 1 GiB, 16 passes and 16 lanes are allowed"
    )]
    OutOfBounds {
        /// Memory in KiB.
        memory_kib: u32,
        /// Passes over the memory.
        passes: u32,
        /// Degree of parallelism.
        lanes: u32,
    },
    /// The system gave too little memory.
    #[error("there is not enough memory for argon2")]
    NoMemory,
    /// The password, salt or output has a length that Argon2 does not take.
    #[error("argon2 does not take this input")]
    NotComputed,
}

const MAX_MEMORY_KIB: u32 = 1 << 20;
const MAX_PASSES: u32 = 16;
const MAX_LANES: u32 = 16;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn costs_out_of_bounds_are_refused() {
        for (memory_kib, passes, lanes) in [
            (0, 1, 1),
            (7, 1, 1),
            (31, 1, 4),
            (64, 0, 1),
            (64, 1, 0),
            (64, 17, 1),
            (1 << 20, 1, 17),
            ((1 << 20) + 1, 1, 1),
            (100 << 20, 3, 4),
            (u32::MAX, u32::MAX, u32::MAX),
        ] {
            let refused = ArgonCost::new(memory_kib, passes, lanes);
            assert!(matches!(refused, Err(ArgonError::OutOfBounds { .. })));
        }
    }

    #[test]
    fn the_defaults_are_within_bounds() {
        for cost in [ArgonCost::ROOT, ArgonCost::PASSWORD] {
            assert_eq!(ArgonCost::new(cost.memory_kib, cost.passes, cost.lanes), Ok(cost));
        }
    }

    #[test]
    fn every_input_changes_the_output() {
        let derive = |cost: (u32, u32, u32), password: &[u8], salt: &[u8]| {
            let mut output = [0; 32];
            ArgonCost::new(cost.0, cost.1, cost.2).unwrap().derive(password, salt, &mut output).unwrap();
            output
        };
        let output = derive((64, 1, 1), b"password", b"salt-salt");
        assert_eq!(output, derive((64, 1, 1), b"password", b"salt-salt"));
        for other in [
            derive((65, 1, 1), b"password", b"salt-salt"),
            derive((64, 2, 1), b"password", b"salt-salt"),
            derive((64, 1, 2), b"password", b"salt-salt"),
            derive((64, 1, 1), b"passwore", b"salt-salt"),
            derive((64, 1, 1), b"password", b"salt-salu"),
        ] {
            assert_ne!(output, other);
        }
    }

    #[test]
    fn a_salt_too_short_is_refused() {
        let refused = ArgonCost::new(8, 1, 1).unwrap().derive(b"", b"1234567", &mut [0; 32]);
        assert_eq!(refused, Err(ArgonError::NotComputed));
    }

    #[test]
    fn it_is_argon2id_version_1_3() {
        // Made with the reference implementation: echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 32
        let mut output = [0; 32];
        ArgonCost::new(1 << 16, 2, 1).unwrap().derive(b"password", b"somesalt", &mut output).unwrap();
        assert_eq!(hex::encode(output), "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7");
    }
}
