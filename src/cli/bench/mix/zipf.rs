//! Zipf's law as YCSB draws from it: a few are asked about again and again, most hardly ever.

use crate::cli::bench::random::Random;

/// Members by how often they are asked about: that of rank `r`, from 0, in proportion to `1 / (r + 1)^0.99`.
///
/// YCSB's `ZipfianGenerator`, after Gray, Sundaresan, Englert, Baclawski and Weinberger, "Quickly generating
/// billion-record synthetic databases" (SIGMOD 1994): exact for the first two ranks, and close for the others.
pub(super) struct Zipfian {
    members: usize,
    /// The sum of all proportions.
    zeta: f64,
    eta: f64,
}

impl Zipfian {
    /// Over so many members.
    pub(super) fn over(members: usize) -> Self {
        let zeta: f64 = (1..=members).map(proportion).sum();
        let first_two = 1.0 + proportion(2);
        let eta = (1.0 - (2.0 / float(members)).powf(1.0 - THETA)) / (1.0 - first_two / zeta);
        Self { members, zeta, eta }
    }

    /// A member's place, from 0. As with YCSB's `ScrambledZipfianGenerator`, those asked about most do not lie side by side.
    pub(super) fn place(&self, random: &mut Random) -> usize {
        self.spread(self.rank(random.fraction()))
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank below the number of members")]
    fn rank(&self, fraction: f64) -> usize {
        let part = fraction * self.zeta;
        if part < 1.0 {
            return 0;
        }
        if part < 1.0 + proportion(2) {
            return 1;
        }
        let power = (self.eta * (fraction - 1.0) + 1.0).powf(1.0 / (1.0 - THETA));
        ((float(self.members) * power) as usize).min(self.members.saturating_sub(1))
    }

    /// A rank's own place: the factor is a prime, so that no two ranks share one.
    const fn spread(&self, rank: usize) -> usize {
        match self.members {
            0 => 0,
            members => rank * SPREAD % members,
        }
    }
}

fn proportion(nth: usize) -> f64 {
    float(nth).powf(-THETA)
}

#[expect(clippy::cast_precision_loss, reason = "no vault has 2^52 members")]
const fn float(number: usize) -> f64 {
    number as f64
}

/// YCSB's constant.
const THETA: f64 = 0.99;
/// A prime beyond the number of members of any vault (Knuth's, near 2^32 over the golden ratio).
const SPREAD: usize = 2_654_435_761;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ranks_are_drawn_as_often_as_the_law_says() {
        const DRAWS: usize = 200_000;
        let (zipfian, mut random) = (Zipfian::over(1000), Random::new(1, 1));
        let mut drawn = vec![0_usize; 1000];
        for _ in 0..DRAWS {
            if let Some(count) = drawn.get_mut(zipfian.rank(random.fraction())) {
                *count += 1;
            }
        }
        let share = |ranks: std::ops::Range<usize>| {
            let (counted, due) =
                (drawn.iter().take(ranks.end).skip(ranks.start), ranks.map(|rank| proportion(rank + 1)));
            (float(counted.sum()) / float(DRAWS), due.sum::<f64>() / zipfian.zeta)
        };
        for (ranks, within) in [(0..1, 0.02), (1..2, 0.03), (2..10, 0.15), (10..100, 0.05), (100..1000, 0.05)] {
            let (counted, due) = share(ranks.clone());
            assert!((counted / due - 1.0).abs() < within, "{ranks:?}: {counted:.4}, due are {due:.4}");
        }
        assert_eq!(drawn.iter().sum::<usize>(), DRAWS);
    }

    #[test]
    fn every_rank_has_a_place_of_its_own() {
        for members in [1, 2, 36, 1000] {
            let zipfian = Zipfian::over(members);
            let places: BTreeSet<_> = (0..members).map(|rank| zipfian.spread(rank)).collect();
            assert!(places.into_iter().eq(0..members), "{members}");
        }
    }
}
