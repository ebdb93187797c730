//! A collected value: the value with where it came from, when, and under which policy; the plaintext of a field's seal.
//!
//! `source u8 | time i64 microseconds | policy version u32 | value`, big-endian.

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::field::codec::Malformed;
use crate::field::kind::Kind;
use crate::field::value::Value;
use crate::model::ids::PolicyVersion;
use crate::model::source::Source;

/// A value and its provenance (clause 3 of a policy: every value says how it was collected).
#[derive(Debug)]
pub struct Collected {
    /// The value.
    pub value: Value,
    /// The way it was collected.
    pub source: Source,
    /// When.
    pub time: Timestamp,
    /// The policy version then in force.
    pub policy: PolicyVersion,
}

impl Collected {
    /// The bytes that are sealed.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let value = self.value.encode();
        // Full capacity from the start: a vector that grows leaves copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(HEADER_BYTES + value.len()));
        bytes.push(self.source as u8);
        bytes.extend(self.time.as_microsecond().to_be_bytes());
        bytes.extend(self.policy.0.to_be_bytes());
        bytes.extend(value.iter());
        bytes
    }

    /// Reads the bytes that were sealed.
    pub fn decode(kind: Kind, bytes: &[u8]) -> Result<Self, Malformed> {
        let ([source], rest) = bytes.split_first_chunk().ok_or(Malformed)?;
        let (time, rest) = rest.split_first_chunk().ok_or(Malformed)?;
        let (policy, value) = rest.split_first_chunk().ok_or(Malformed)?;
        Ok(Self {
            source: Source::ALL.get(usize::from(*source)).copied().ok_or(Malformed)?,
            time: Timestamp::from_microsecond(i64::from_be_bytes(*time)).map_err(|_| Malformed)?,
            policy: PolicyVersion(u32::from_be_bytes(*policy)),
            value: Value::decode(kind, value)?,
        })
    }
}

const HEADER_BYTES: usize = 1 + 8 + 4;
