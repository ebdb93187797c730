//! Numbers that look random and are the same on every run: they choose what is made up and who is asked about next.

/// Steele, Lea and Flood's `SplitMix64` ("Fast splittable pseudorandom number generators", 2014). Guards nothing.
pub(super) struct Random(u64);

impl Random {
    /// The numbers of that seed; `stream` tells apart those who draw under one seed.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut mixed = Self(seed);
        Self(mixed.next() ^ Self(stream).next())
    }

    /// The next of them.
    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// One below `bound`, each as often as any other but for a bias below `bound` / 2^64. With a bound of 0, 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let wide = u128::from(self.next()) * (bound as u128);
        usize::try_from(wide >> 64).unwrap_or_default()
    }

    /// A fraction of 1, below it, as evenly as a double can tell.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are kept, which a double holds")]
    pub(super) fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Ten bytes, as ids need them.
    pub(super) fn ten_bytes(&mut self) -> [u8; 10] {
        let mut bytes = [0; 10];
        for (place, byte) in
            bytes.iter_mut().zip(self.next().to_le_bytes().into_iter().chain(self.next().to_le_bytes()))
        {
            *place = byte;
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn its_numbers_are_the_published_ones() {
        // The first of seed 1234567, as other implementations have them.
        let mut random = Random(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn a_seed_gives_the_same_numbers_again_and_a_stream_others() {
        let some = |seed, stream| {
            let mut random = Random::new(seed, stream);
            [random.next(), random.next()]
        };
        assert_eq!(some(1, 2), some(1, 2));
        assert_ne!(some(1, 2), some(1, 3));
        assert_ne!(some(1, 2), some(2, 2));
    }

    #[test]
    fn everyone_below_the_bound_is_drawn_and_nobody_else() {
        let mut random = Random::new(1, 1);
        let mut drawn = BTreeMap::new();
        for _ in 0..10_000 {
            *drawn.entry(random.below(10)).or_insert(0) += 1;
        }
        assert!(
            drawn.keys().copied().eq(0..10) && drawn.values().all(|count| (850..1150).contains(count)),
            "{drawn:?}"
        );
    }
}
