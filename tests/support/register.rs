//! Parties and bases as the tests register them.

use fubako_proto::v1::basis_terms::Subject;
use fubako_proto::v1::{AllMembers, BasisTerms, PartyDetails, Scope, ScopeItem};
use jiff::Timestamp;

/// A party in Japan that never calls itself.
pub(crate) fn party(id: &str, class: &str) -> PartyDetails {
    PartyDetails {
        party_id: id.into(),
        recipient_class: class.into(),
        name: format!("{id} the {class}"),
        legal_name: format!("{id} K.K."),
        address: "Kyoto 1-1".into(),
        representative: "Jiro Sato".into(),
        country: "JP".into(),
        certificate_identity: String::new(),
        hpke_public_key: Vec::new(),
    }
}

/// A basis about one member, valid from now, of the widest scope its kind has without saying so.
pub(crate) fn about(kind: &str, member: &str, party: &str, purpose: &str) -> BasisTerms {
    BasisTerms { subject: Some(Subject::MemberId(member.into())), ..about_all(kind, party, purpose) }
}

/// A basis about every member.
pub(crate) fn about_all(kind: &str, party: &str, purpose: &str) -> BasisTerms {
    BasisTerms {
        kind: kind.into(),
        subject: Some(Subject::AllMembers(AllMembers {})),
        party_id: party.into(),
        scope: None,
        purposes: vec![purpose.into()],
        valid_from_time: None,
        valid_until_time: None,
        reference: format!("{kind} 2026-77"),
        secrecy_agreement: "NDA 2026-5".into(),
    }
}

/// A scope of those fields, each in one form.
#[allow(clippy::unnecessary_wraps, reason = "it is given as a basis takes it")]
pub(crate) fn scope(items: &[(&str, &str)]) -> Scope {
    let item =
        |(field, form): &(&str, &str)| ScopeItem { field: (*field).into(), forms: vec![(*form).into()], slot: None };
    Scope { items: items.iter().map(item).collect() }
}

pub(crate) fn wire_time(time: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: time.as_second(), nanos: time.subsec_nanosecond() }
}
