//! The Merkle tree of RFC 6962: roots and proofs out of stored hashes, and the check of a proof by somebody without them.
//!
//! ```text
//! MTH({})   = SHA-256()
//! MTH({d})  = SHA-256(0 | d)                                  the leaf hash
//! MTH(D[n]) = SHA-256(1 | MTH(D[0:k]) | MTH(D[k:n]))          k: the largest power of two below n
//! ```
//!
//! Stored are the roots of whole subtrees of 256^level leaves, which is what C2SP `tlog-tiles` calls the hashes of a level.

use sha2::{Digest, Sha256};

/// A SHA-256 hash of a leaf or of a subtree.
pub type Hash = [u8; 32];

/// Where stored hashes are read from.
pub trait StoredHashes {
    /// Why a hash could not be read.
    type Error;

    /// `count` hashes of a level, from the one at `first` on. Level 0 holds leaf hashes; each hash of a level above is the
    /// root of 256 hashes of the level below.
    fn read(&self, level: u32, first: u64, count: u64) -> Result<Vec<Hash>, Self::Error>;
}

/// The hash of a leaf: SHA-256 over a zero byte and the leaf's bytes.
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Sha256::new_with_prefix([0]).chain_update(leaf).finalize().into()
}

/// The hash of a node: SHA-256 over a one byte and the hashes of its two children.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new_with_prefix([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of the tree without leaves.
#[must_use]
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// The root of the first `size` leaves.
pub fn root<S: StoredHashes>(stored: &S, size: u64) -> Result<Hash, S::Error> {
    range_root(stored, 0, size)
}

/// The inclusion proof of a leaf in the tree of that size (RFC 6962, 2.1.1): the leaf's sibling first, then upwards.
///
/// A leaf that is not in that tree has an empty proof, which proves nothing.
pub fn inclusion<S: StoredHashes>(stored: &S, index: u64, size: u64) -> Result<Vec<Hash>, S::Error> {
    let mut path = Vec::new();
    let (mut first, mut end) = (0, size);
    while index < size && end - first > 1 {
        let middle = first + largest_power_below(end - first);
        if index < middle {
            path.push(range_root(stored, middle, end)?);
            end = middle;
        } else {
            path.push(range_root(stored, first, middle)?);
            first = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The consistency proof between two sizes (RFC 6962, 2.1.2); empty where they are equal or `old` is 0.
pub fn consistency<S: StoredHashes>(stored: &S, old: u64, new: u64) -> Result<Vec<Hash>, S::Error> {
    let mut path = Vec::new();
    let (mut first, mut end) = (0, new);
    while 0 < old && old < end {
        let middle = first + largest_power_below(end - first);
        if old <= middle {
            path.push(range_root(stored, middle, end)?);
            end = middle;
        } else {
            path.push(range_root(stored, first, middle)?);
            first = middle;
        }
    }
    if first > 0 {
        path.push(range_root(stored, first, end)?);
    }
    path.reverse();
    Ok(path)
}

/// The root that an inclusion proof leads to from a leaf's hash (RFC 9162, 2.1.3.2); none if it has the wrong length.
#[must_use]
pub fn included_root(leaf: &Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    let mut last = size.checked_sub(1)?;
    let mut node = index;
    if node > last {
        return None;
    }
    let mut hash = *leaf;
    for sibling in path {
        if last == 0 {
            return None;
        }
        if node % 2 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            skip_lone_levels(&mut node, &mut last);
        } else {
            hash = node_hash(&hash, sibling);
        }
        (node, last) = (node / 2, last / 2);
    }
    (last == 0).then_some(hash)
}

/// Whether a consistency proof shows that the tree of size `old` is the beginning of that of size `new` (RFC 9162,
/// 2.1.4.2).
#[must_use]
pub fn is_consistent((old, old_root): (u64, &Hash), (new, new_root): (u64, &Hash), path: &[Hash]) -> bool {
    if old >= new || old == 0 {
        return path.is_empty() && (old == 0 || old == new && old_root == new_root);
    }
    let mut path = path.iter();
    let first = if old.is_power_of_two() { Some(old_root) } else { path.next() };
    let Some(first) = first else { return false };
    let (mut node, mut last) = (old - 1, new - 1);
    while node % 2 == 1 {
        (node, last) = (node / 2, last / 2);
    }
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node % 2 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            skip_lone_levels(&mut node, &mut last);
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        (node, last) = (node / 2, last / 2);
    }
    last == 0 && old_hash == *old_root && new_hash == *new_root
}

/// The root over the hashes of neighbouring subtrees that get smaller from left to right, as RFC 6962 nests them.
pub(super) fn fold(parts: impl DoubleEndedIterator<Item = Hash>, smaller: Option<Hash>) -> Option<Hash> {
    parts.rev().fold(smaller, |right, left| Some(right.map_or(left, |right| node_hash(&left, &right))))
}

/// The root of a whole subtree, from all the hashes of one of its levels: a power of two of them.
pub(super) fn whole_root(mut hashes: Vec<Hash>) -> Option<Hash> {
    while hashes.len() > 1 {
        let (pairs, _) = hashes.as_chunks::<2>();
        hashes = pairs.iter().map(|[left, right]| node_hash(left, right)).collect();
    }
    hashes.pop()
}

/// The root of the leaves from `start` to `end`, where `start` is 0 or a multiple of a power of two no smaller than the
/// range: all ranges a proof asks for are such.
fn range_root<S: StoredHashes>(stored: &S, start: u64, end: u64) -> Result<Hash, S::Error> {
    let mut parts = Vec::new();
    let mut at = start;
    while at < end {
        let height = (end - at).ilog2();
        parts.push(subtree(stored, height, at >> height)?);
        at += 1 << height;
    }
    Ok(fold(parts.into_iter(), None).unwrap_or_else(empty_root))
}

/// The root of the whole subtree of that height at that position among its likes.
fn subtree<S: StoredHashes>(stored: &S, height: u32, position: u64) -> Result<Hash, S::Error> {
    let within = height % LEVEL_HEIGHT;
    let hashes = stored.read(height / LEVEL_HEIGHT, position << within, 1 << within)?;
    Ok(whole_root(hashes).unwrap_or_else(empty_root))
}

/// A node that is the last of its level and a left child has no sibling there: the proof goes on where it has one.
fn skip_lone_levels(node: &mut u64, last: &mut u64) {
    while node.is_multiple_of(2) && *node != 0 {
        (*node, *last) = (*node / 2, *last / 2);
    }
}

fn largest_power_below(size: u64) -> u64 {
    1 << size.saturating_sub(1).checked_ilog2().unwrap_or(0)
}

/// How many levels of the tree lie between two levels of stored hashes.
pub const LEVEL_HEIGHT: u32 = 8;
/// How many hashes of one level make one of the next.
pub const LEVEL_WIDTH: u64 = 1 << LEVEL_HEIGHT;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    use std::convert::Infallible;

    use ct_merkle::RootHash;
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use proptest::prelude::*;

    /// Every leaf hash, and whatever else is asked for worked out from them.
    pub(crate) struct Leaves(pub(crate) Vec<Hash>);

    impl StoredHashes for Leaves {
        type Error = Infallible;

        fn read(&self, level: u32, first: u64, count: u64) -> Result<Vec<Hash>, Infallible> {
            let width = LEVEL_WIDTH.pow(level);
            let subtree = |n: u64| {
                let from = usize::try_from(n * width).unwrap();
                whole_root(self.0[from..from + usize::try_from(width).unwrap()].to_vec()).unwrap()
            };
            Ok((first..first + count).map(subtree).collect())
        }
    }

    fn leaves(size: u64) -> Leaves {
        Leaves((0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect())
    }

    fn never<T>(result: Result<T, Infallible>) -> T {
        result.unwrap()
    }

    /// The test tree of RFC 6962's reference implementation.
    fn published() -> Leaves {
        let inputs =
            ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        Leaves(inputs.iter().map(|hex| leaf_hash(&hex::decode(hex).unwrap())).collect())
    }

    #[test]
    fn published_roots_hold() {
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        for (size, expected) in (0..).zip(roots) {
            assert_eq!(hex::encode(never(root(&published(), size))), expected, "{size}");
        }
    }

    #[test]
    fn published_proofs_hold() {
        let hexed = |path: Vec<Hash>| path.iter().map(hex::encode).collect::<Vec<_>>();
        assert_eq!(
            hexed(never(inclusion(&published(), 5, 8))),
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        );
        assert_eq!(
            hexed(never(consistency(&published(), 6, 8))),
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        );
    }

    #[test]
    fn another_implementation_agrees_on_every_root_and_proof_of_small_trees() {
        let mut theirs = MemoryBackedTree::<Sha256, [u8; 8]>::new();
        for size in 1..=70_u64 {
            theirs.push((size - 1).to_be_bytes());
            let ours = leaves(size);
            let new_root = never(root(&ours, size));
            assert_eq!(theirs.root().as_bytes().as_slice(), new_root, "{size}");
            for index in 0..size {
                let path = never(inclusion(&ours, index, size));
                let expected = theirs.prove_inclusion(usize::try_from(index).unwrap());
                assert_eq!(expected.as_bytes(), path.as_flattened(), "{index} of {size}");
                assert_eq!(included_root(&ours.0[usize::try_from(index).unwrap()], index, size, &path), Some(new_root));
            }
            for old in 1..size {
                let path = never(consistency(&ours, old, size));
                let additions = usize::try_from(size - old).unwrap();
                assert_eq!(theirs.prove_consistency(additions).as_bytes(), path.as_flattened(), "{old} to {size}");
                assert!(is_consistent((old, &never(root(&ours, old))), (size, &new_root), &path), "{old} to {size}");
            }
            let _: RootHash<Sha256> = theirs.root();
        }
    }

    #[test]
    fn a_tree_is_consistent_with_itself_and_with_the_empty_one() {
        let root = never(root(&leaves(9), 9));
        assert!(is_consistent((9, &root), (9, &root), &[]));
        assert!(is_consistent((0, &empty_root()), (9, &root), &[]));
        assert!(!is_consistent((9, &root), (9, &empty_root()), &[]));
        assert!(!is_consistent((9, &root), (8, &root), &[]));
    }

    proptest! {
        #[test]
        fn a_proof_with_a_flipped_bit_a_missing_or_an_added_hash_proves_nothing(
            size in 2_u64..600, at: prop::sample::Index, other: prop::sample::Index, flip: prop::sample::Index,
        ) {
            let tree = leaves(size);
            let new_root = never(root(&tree, size));
            let index = at.index(usize::try_from(size).unwrap());
            let path = never(inclusion(&tree, index as u64, size));
            let proves = |path: &[Hash]| included_root(&tree.0[index], index as u64, size, path) == Some(new_root);
            prop_assert!(proves(&path));
            let old = other.index(usize::try_from(size).unwrap() - 1) as u64 + 1;
            let old_root = never(root(&tree, old));
            let step = never(consistency(&tree, old, size));
            let leads = |path: &[Hash]| is_consistent((old, &old_root), (size, &new_root), path);
            prop_assert!(leads(&step));
            for (path, holds) in [(&path, &proves as &dyn Fn(&[Hash]) -> bool), (&step, &leads)] {
                let mut longer = path.clone();
                longer.push(new_root);
                prop_assert!(!holds(&longer));
                if !path.is_empty() {
                    prop_assert!(!holds(&path[1..]));
                    let mut changed = path.clone();
                    let bit = flip.index(path.len() * 256);
                    changed[bit / 256][bit % 256 / 8] ^= 1 << (bit % 8);
                    prop_assert!(!holds(&changed));
                }
            }
        }
    }
}
