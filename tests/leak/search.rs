//! Searching bytes for texts, in every spelling they could have been written in.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// Texts to look for, each in all its spellings.
pub(crate) struct Search {
    patterns: Vec<(String, Vec<u8>)>,
    /// Which pairs of bytes begin a pattern.
    begins: Vec<bool>,
}

impl Search {
    pub(crate) fn new(texts: &[&str]) -> Self {
        let patterns: Vec<_> = texts
            .iter()
            .flat_map(|text| spellings(text).into_iter().map(move |bytes| ((*text).to_owned(), bytes)))
            .collect();
        let mut begins = vec![false; 1 << 16];
        for (_, bytes) in &patterns {
            begins[pair(bytes)] = true;
        }
        Self { patterns, begins }
    }

    /// The first text found.
    pub(crate) fn first_in(&self, bytes: &[u8]) -> Option<&str> {
        (0..bytes.len().saturating_sub(1)).filter(|place| self.begins[pair(&bytes[*place..])]).find_map(|place| {
            let here = |(_, pattern): &&(String, Vec<u8>)| bytes[place..].starts_with(pattern);
            self.patterns.iter().find(here).map(|(text, _)| text.as_str())
        })
    }
}

fn pair(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

/// As it is, in hexadecimal, in base64 at each offset, and in UTF-16.
pub(crate) fn spellings(text: &str) -> Vec<Vec<u8>> {
    let bytes = text.as_bytes();
    let utf_16 = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<_>>();
    let mut all = vec![
        bytes.to_vec(),
        hex::encode(bytes).into_bytes(),
        hex::encode_upper(bytes).into_bytes(),
        utf_16(u16::to_le_bytes),
        utf_16(u16::to_be_bytes),
    ];
    for offset in 0..3 {
        let shifted = [&vec![0; offset], bytes].concat();
        // The characters at both ends also depend on the neighbours.
        let whole = shifted.len() / 3 * 4;
        let first = if offset == 0 { 0 } else { 4 };
        for encoded in [STANDARD.encode(&shifted), URL_SAFE.encode(&shifted)] {
            all.push(encoded.as_bytes()[first..whole].to_vec());
        }
    }
    all
}

#[test]
fn every_spelling_is_found() {
    let search = Search::new(&["canary-7f3a", "another one"]);
    for (number, spelling) in spellings("canary-7f3a").into_iter().enumerate() {
        let hidden = [b"some bytes before ", spelling.as_slice(), b" and behind"].concat();
        assert_eq!(search.first_in(&hidden), Some("canary-7f3a"), "spelling {number}");
    }
    let in_base64 = STANDARD.encode("before, canary-7f3a, behind");
    assert_eq!(search.first_in(in_base64.as_bytes()), Some("canary-7f3a"));
    assert_eq!(search.first_in(b"canary-7f3b and anothar one"), None);
}
