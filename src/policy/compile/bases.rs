//! The bases the rows of a policy file need.

use crate::model::basis::BasisKind;
use crate::model::recipient::RecipientClass;
use crate::policy::compile::report::Report;
use crate::policy::problem::{Place, Problem, What};
use crate::policy::row::{Binding, Requirement};
use crate::policy::source::BasisSource;

/// The bases of one row of the purpose, for recipients of these classes.
pub(super) fn compile(
    report: &mut Report<'_>,
    purpose: &str,
    classes: &[RecipientClass],
    sources: &[BasisSource],
) -> Vec<Requirement> {
    let mut needs: Vec<Requirement> = Vec::with_capacity(sources.len());
    for source in sources {
        let Some(need) = requirement(report, purpose, source) else {
            continue;
        };
        let (kind, at) = (need.kind(), source.kind.span());
        if needs.iter().any(|known| known.kind() == kind) {
            report.add(&at, Problem::BasisTwice { purpose: purpose.to_owned(), kind });
        }
        // INVARIANT (party rows): nobody built in can be named by a basis.
        if need.binds().of_recipient()
            && let Some(class) = classes.iter().copied().find(|class| class.is_built_in())
        {
            report.add(&at, Problem::BuiltInBound { kind, class });
        }
        needs.push(need);
    }
    needs
}

fn requirement(report: &mut Report<'_>, purpose: &str, source: &BasisSource) -> Option<Requirement> {
    let place = Place::Row(purpose.to_owned());
    let kinds = BasisKind::ALL.map(BasisKind::name);
    let kind = report.word(&source.kind, (What::BasisKind, place.clone()), BasisKind::parse, &kinds)?;
    let (mut member, mut recipient) = (false, false);
    for word in &source.binds {
        let known = |word: &str| [MEMBER, RECIPIENT].into_iter().find(|known| *known == word);
        match report.word(word, (What::Binding, place.clone()), known, &[MEMBER, RECIPIENT]) {
            Some(MEMBER) => member = true,
            Some(_) => recipient = true,
            None => {}
        }
    }
    let at = source.kind.span();
    if source.secrecy && kind != BasisKind::Contract {
        report.add(&at, Problem::SecrecyElsewhere(kind));
    }
    let binds = match (member, recipient) {
        (true, true) => Binding::Both,
        (true, false) => Binding::Member,
        (false, true) => Binding::Recipient,
        (false, false) => {
            report.add(&at, Problem::BindsNobody { kind });
            return None;
        }
    };
    match (kind.binds_member(), member) {
        (true, false) => report.add(&at, Problem::MemberUnbound(kind)),
        (false, true) => report.add(&at, Problem::MemberBound(kind)),
        (true, true) | (false, false) => {}
    }
    Some(Requirement { kind, binds, secrecy: source.secrecy })
}

const MEMBER: &str = "member";
const RECIPIENT: &str = "recipient";
