//! Find: members by e-mail address, telephone number or external reference, told from their crowd by opening candidates.

use fubako_keys::{IndexKind, KeyClass, KeyName, Scope};
use zeroize::Zeroizing;

use crate::field::kind::Kind;
use crate::ledger::accounted::{Accounted, Receipt};
use crate::ledger::event::Event;
use crate::model::caller::{Caller, Role};
use crate::model::ids::MemberId;
use crate::model::label::Label;
use crate::policy::ask::Stated;
use crate::policy::authorise::authorise_answer;
use crate::policy::decide::keys_held;
use crate::policy::purpose::{Answers, Purpose};
use crate::policy::rule::Rule;
use crate::policy::table::Policy;
use crate::record::compare::{self, Sought};
use crate::record::permit::Search;
use crate::vault::Vault;
use crate::vault::error::Error;

/// What a member is looked for by, in its normal form.
#[derive(Debug)]
pub enum Clue {
    /// An e-mail address.
    Email(Zeroizing<Vec<u8>>),
    /// A telephone number.
    Phone(Zeroizing<Vec<u8>>),
    /// The external reference.
    Reference(Zeroizing<Vec<u8>>),
}

/// The members found, with the entry that tells of the search.
#[derive(Debug)]
pub struct Found {
    /// The members.
    pub members: Vec<MemberId>,
    /// The entry.
    pub receipt: Receipt,
}

impl Vault {
    /// Finds members; needs the role `discloser` and a purpose of the caller that answers searches.
    pub async fn find(&self, caller: &Caller, stated: &Stated, clue: &Clue) -> Result<Found, Error> {
        self.check_role(caller, &[Role::Discloser])?;
        let suspended = self.is_suspended(&caller.name)?;
        let policy = self.policy();
        let purpose = match authorise_answer(&policy, caller, suspended, stated, Answers::Search) {
            Ok(purpose) => purpose,
            Err(refusal) => return Err(self.refuse_answer(caller, stated, None, refusal).await),
        };
        if let Err(rule) = self.check_comparable(&policy, purpose, clue) {
            return Err(self.refuse_answer(caller, stated, None, rule.into()).await);
        }
        let permit = self.permit_search(caller, purpose.id().into(), clue.kind()).await?;
        let members = self.matching(&permit, clue)?;
        Ok(Found { members, receipt: permit.receipt() })
    }

    /// Refuses a search whose candidates the keyring cannot open, or for which it cannot look in the index.
    fn check_comparable(&self, policy: &Policy, purpose: &Purpose, clue: &Clue) -> Result<(), Rule> {
        let keyring = self.keyring.load();
        let kind = match clue {
            Clue::Email(_) => Some(Kind::Email),
            Clue::Phone(_) => Some(Kind::Phone),
            Clue::Reference(_) => None,
        };
        let compared = policy.fields().iter().filter(|field| Some(field.kind()) == kind);
        keys_held(purpose, compared, keyring.scope().map(Scope::classes))?;
        let identity = KeyName::Class(KeyClass::Identity);
        // Where there is no index key, there is none of that class either.
        if keyring.holds(KeyName::Index) && (kind.is_some() || keyring.holds(identity)) {
            return Ok(());
        }
        Err(Rule::KeysNotHeld { place: purpose.place(), classes: format!("`{identity}`") })
    }

    /// Writes down that a search is made; what it opens, it may only compare.
    pub(super) async fn permit_search(
        &self,
        caller: &Caller,
        purpose: Label,
        kind: IndexKind,
    ) -> Result<Accounted<Search>, Error> {
        let mut entry = self.entry(Event::Searched, &caller.name)?.of_subject(&kind.name());
        entry.leaf.purpose = purpose;
        self.permit(caller, &entry, Search).await
    }

    /// The members a clue names.
    pub(super) fn matching(&self, permit: &Accounted<Search>, clue: &Clue) -> Result<Vec<MemberId>, Error> {
        let keyring = self.keyring.load_full();
        let policy = self.policy();
        let sought = clue.sought();
        let mut members = Vec::new();
        for member in self.candidates(&keyring, clue.kind(), clue.bytes())? {
            let Some(record) = self.record_row(member)? else {
                continue;
            };
            if compare::holds(&record, permit, &sought, &keyring, &policy)? {
                members.push(member);
            }
        }
        Ok(members)
    }
}

impl Clue {
    const fn kind(&self) -> IndexKind {
        match self {
            Self::Email(_) => IndexKind::Email,
            Self::Phone(_) => IndexKind::Phone,
            Self::Reference(_) => IndexKind::Reference,
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Email(normal) | Self::Phone(normal) | Self::Reference(normal) => normal,
        }
    }

    fn sought(&self) -> Sought<'_> {
        match self {
            Self::Email(normal) => Sought::Value(Kind::Email, normal),
            Self::Phone(normal) => Sought::Value(Kind::Phone, normal),
            Self::Reference(normal) => Sought::Reference(normal),
        }
    }
}
