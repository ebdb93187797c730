//! The secret of a record from which a member's pseudonyms are derived.

use zeroize::Zeroizing;

use crate::field::codec::{Encoded, Malformed, Reader, Writer};
use crate::field::kind::Kind;
use crate::field::silent::silent_debug;

/// 32 random bytes, different for every member. They have no form: what is shown is derived from them with a key.
pub struct PseudonymSecret(Box<Zeroizing<[u8; 32]>>);

impl PseudonymSecret {
    /// A secret that `fill` writes into its final place; starts as zeros.
    pub fn born<E>(fill: impl FnOnce(&mut [u8; 32]) -> Result<(), E>) -> Result<Self, E> {
        let mut bytes = Box::new(Zeroizing::new([0; 32]));
        fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The bytes, to derive a pseudonym from them; each call says why.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Encoded for PseudonymSecret {
    const KIND: Kind = Kind::Pseudonym;

    fn write(&self, to: &mut Writer) {
        to.fixed(self.expose());
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let bytes = Zeroizing::new(from.fixed::<32>()?);
        Self::born(|place| {
            place.copy_from_slice(&*bytes);
            Ok(())
        })
    }
}

silent_debug!(PseudonymSecret);
