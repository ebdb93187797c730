//! Card networks: whose number it is by its first digits, and whether its check digit fits.

/// A card network, told by the first digits of the number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Network {
    Visa,
    Mastercard,
    Jcb,
    Amex,
    Diners,
    Discover,
    UnionPay,
    Maestro,
    Mir,
}

impl Network {
    /// The network that issues numbers with these first digits, if it is a known one.
    pub(super) fn of(digits: &str) -> Option<Self> {
        let first_four: u16 = digits.get(..4)?.parse().ok()?;
        RANGES.iter().find(|(from, to, _)| (*from..=*to).contains(&first_four)).map(|(.., network)| *network)
    }

    /// The network's name in the form `brand`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Visa => "visa",
            Self::Mastercard => "mastercard",
            Self::Jcb => "jcb",
            Self::Amex => "amex",
            Self::Diners => "diners",
            Self::Discover => "discover",
            Self::UnionPay => "unionpay",
            Self::Maestro => "maestro",
            Self::Mir => "mir",
        }
    }

    /// Whether the network issues numbers of that many digits today.
    ///
    /// Left out are Visa's 13 and Maestro's 12 and 13 digits: they are no longer issued, and 13 digits are what is
    /// printed under a bar code (and Japan's begin with 45 and 49).
    const fn issues(self, length: usize) -> bool {
        match self {
            Self::Visa => matches!(length, 16 | 19),
            Self::Mastercard => length == 16,
            Self::Amex => length == 15,
            Self::Diners | Self::Maestro => matches!(length, 14..=19),
            Self::Jcb | Self::Discover | Self::UnionPay | Self::Mir => matches!(length, 16..=19),
        }
    }
}

/// Whether the digits are surely a card's number: of a known network, of a length it issues, with the right check digit.
pub(super) fn is_network_number(digits: &str) -> bool {
    Network::of(digits).is_some_and(|network| network.issues(digits.len())) && passes_luhn(digits)
}

/// Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B).
pub(super) fn passes_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .map(|byte| u32::from(byte.wrapping_sub(b'0')))
        .enumerate()
        .map(|(place, digit)| if place % 2 == 0 { digit } else { digit * 2 / 10 + digit * 2 % 10 })
        .sum();
    sum.is_multiple_of(10)
}

/// The first four digits of each network's numbers, from and to, as the networks publish them.
const RANGES: &[(u16, u16, Network)] = &[
    (2200, 2204, Network::Mir),
    (2221, 2720, Network::Mastercard),
    (3000, 3059, Network::Diners),
    (3095, 3095, Network::Diners),
    (3400, 3499, Network::Amex),
    (3528, 3589, Network::Jcb),
    (3600, 3699, Network::Diners),
    (3700, 3799, Network::Amex),
    (3800, 3999, Network::Diners),
    (4000, 4999, Network::Visa),
    (5018, 5018, Network::Maestro),
    (5020, 5020, Network::Maestro),
    (5038, 5038, Network::Maestro),
    (5100, 5599, Network::Mastercard),
    (5893, 5893, Network::Maestro),
    (6011, 6011, Network::Discover),
    (6200, 6299, Network::UnionPay),
    (6304, 6304, Network::Maestro),
    (6440, 6599, Network::Discover),
    (6759, 6759, Network::Maestro),
    (6761, 6763, Network::Maestro),
    (8100, 8171, Network::UnionPay),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_test_numbers_belong_to_their_networks() {
        let numbers = [
            ("4242424242424242", "visa"),
            ("4111111111111111", "visa"),
            ("5555555555554444", "mastercard"),
            ("2223003122003222", "mastercard"),
            ("3530111333300000", "jcb"),
            ("3566002020360505", "jcb"),
            ("378282246310005", "amex"),
            ("371449635398431", "amex"),
            ("30569309025904", "diners"),
            ("36227206271667", "diners"),
            ("6011111111111117", "discover"),
            ("6200000000000005", "unionpay"),
        ];
        for (digits, name) in numbers {
            assert_eq!(Network::of(digits).map(Network::name), Some(name), "{digits}");
            assert!(is_network_number(digits), "{digits}");
        }
    }

    #[test]
    fn every_wrong_check_digit_fails() {
        for last in ["0", "1", "3", "4", "5", "6", "7", "8", "9"] {
            assert!(!passes_luhn(&["424242424242424", last].concat()), "{last}");
        }
    }

    #[test]
    fn the_digits_beside_a_range_belong_to_no_network() {
        for digits in ["2199", "2205", "2220", "2721", "3060", "3094", "3527", "3590", "5017", "5600", "6012", "8172"] {
            assert_eq!(Network::of(digits), None, "{digits}");
        }
        for digits in ["", "4", "424", "花子", "+424", "4 24"] {
            assert_eq!(Network::of(digits), None, "{digits}");
        }
    }

    #[test]
    fn a_number_of_a_length_the_network_does_not_issue_is_not_surely_a_card() {
        // A bar code of a Japanese product: 13 digits, the check digit of a card by chance.
        assert!(passes_luhn("4901234567894") && !is_network_number("4901234567894"));
        assert!(!is_network_number("42424242424242"));
    }
}
