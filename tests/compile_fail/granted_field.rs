//! A granted field with more forms than were granted.

use fubako::model::form::FormSet;
use fubako::policy::grant::{Grant, GrantedField};

fn widen(grant: &Grant) -> GrantedField {
    GrantedField { forms: FormSet::NONE, ..grant.fields()[0] }
}

fn main() {}
