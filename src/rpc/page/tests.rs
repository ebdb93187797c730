//! Tests of pages: what a token is good for, and what a page holds.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::rpc::trial;

fn name(text: &str) -> CallerName {
    CallerName::parse(text).unwrap()
}

#[tokio::test]
async fn a_token_opens_for_its_caller_listing_and_filter_only() {
    let (opened, _folder) = trial::vault().await;
    let (shop, desk) = (name("shop"), name("desk"));
    let listing = |caller, rpc, filter: &[u8]| Listing { vault: &opened.vault, caller, rpc, filter: filter.to_vec() };
    let token = listing(&shop, "ListParties", b"seller").token(b"grocer").unwrap();
    let opens = |listing: Listing<'_>| listing.open(&token).ok().flatten();
    assert_eq!(opens(listing(&shop, "ListParties", b"seller")).as_deref(), Some(b"grocer".as_slice()));
    assert_eq!(opens(listing(&desk, "ListParties", b"seller")), None);
    assert_eq!(opens(listing(&shop, "ListBases", b"seller")), None);
    assert_eq!(opens(listing(&shop, "ListParties", b"partner")), None);
    // Bytes that change sides between two parts do not make another listing's token.
    assert_eq!(opens(listing(&shop, "ListPartie", b"sseller")), None);
}

#[tokio::test]
async fn a_token_with_any_bit_changed_is_refused() {
    let (opened, _folder) = trial::vault().await;
    let caller = name("shop");
    let listing = Listing { vault: &opened.vault, caller: &caller, rpc: "ListParties", filter: Vec::new() };
    let bytes = URL_SAFE_NO_PAD.decode(listing.token(b"grocer").unwrap()).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        *changed.get_mut(bit / 8).unwrap() ^= 1 << (bit % 8);
        assert!(matches!(listing.open(&URL_SAFE_NO_PAD.encode(changed)), Err(Error::PageToken)), "{bit}");
    }
    for text in ["a", "!", "AAAA", &"A".repeat(43), &listing.token(b"grocer").unwrap().to_lowercase()] {
        assert!(matches!(listing.open(text), Err(Error::PageToken)), "{text}");
    }
    assert!(matches!(listing.open(""), Ok(None)));
}

#[test]
fn a_page_has_50_items_by_default_and_1000_at_most() {
    let sizes = [0, 1, 1000, 1001, i32::MAX].map(|asked| size(asked).unwrap());
    assert_eq!(sizes, [50, 1, 1000, 1000, 1000]);
    assert!(size(-1).is_err() && size(i32::MIN).is_err());
}

/// Every page of a listing of `0..count` that keeps the multiples of `step`.
fn pages(count: u32, step: u32, size: usize) -> Vec<Vec<u32>> {
    let mut pages = Vec::new();
    let mut after = None;
    loop {
        let fetch = |after: Option<&u32>, limit| Ok((after.map_or(0, |after| after + 1)..count).take(limit).collect());
        let page = read(size, after, fetch, |item: &u32| *item, |item| item % step == 0).unwrap();
        assert!(page.items.len() <= size);
        pages.push(page.items);
        match page.next {
            Some(next) => after = Some(next),
            None => return pages,
        }
    }
}

#[test]
fn the_pages_of_a_listing_are_its_items_each_once() {
    for (count, step, size) in [(0, 1, 3), (3, 1, 3), (7, 1, 3), (100, 7, 2), (10_000, 5_000, 1), (9, 1, 1000)] {
        let items: Vec<u32> = pages(count, step, size).concat();
        assert_eq!(items, (0..count).filter(|item| item % step == 0).collect::<Vec<_>>(), "{count} {step} {size}");
    }
}

#[test]
fn a_full_last_page_has_none_behind_it() {
    assert_eq!(pages(6, 1, 3), [[0, 1, 2], [3, 4, 5]]);
}
