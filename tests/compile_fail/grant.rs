//! A grant put together by hand.

use fubako::policy::grant::Grant;

fn main() {
    let _ = Grant { fields: Vec::new(), withheld: Vec::new(), terms: Vec::new() };
}
