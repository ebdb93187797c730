//! First letters as people see them: an accent or a joined emoji is never cut from what it belongs to.

use unicode_segmentation::UnicodeSegmentation;
use zeroize::Zeroizing;

/// The first letter of a text, as a person would read it.
pub(super) fn first(text: &str) -> &str {
    text.graphemes(true).next().unwrap_or_default()
}

/// The first letter and three stars; only the stars, if the text has no second letter to hide.
///
/// The number of stars says nothing of the length.
pub(super) fn masked(text: &str) -> Zeroizing<String> {
    let shown = if text.graphemes(true).nth(1).is_some() { first(text) } else { "" };
    Zeroizing::new([shown, STARS].concat())
}

const STARS: &str = "***";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_never_cut() {
        let firsts =
            [("Hana", "H"), ("e\u{301}ric", "e\u{301}"), ("花子", "花"), ("👩‍👩‍👧!", "👩‍👩‍👧"), ("가나", "가"), ("", "")];
        for (text, letter) in firsts {
            assert_eq!(first(text), letter);
        }
    }

    #[test]
    fn a_mask_shows_neither_the_length_nor_the_only_letter() {
        let masks =
            [("hanako", "h***"), ("ab", "a***"), ("花子", "花***"), ("a", "***"), ("e\u{301}", "***"), ("", "***")];
        for (text, mask) in masks {
            assert_eq!(*masked(text), mask);
        }
    }
}
