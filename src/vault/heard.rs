//! Heard of: a question about a name that neither the vault nor its ledger knows is refused, since an answer with nothing
//! in it would be believed.

use std::ops::ControlFlow;

use crate::ledger::query::{Filter, Order};
use crate::model::caller::VAULT_ITSELF;
use crate::model::ids::{CallerName, MemberId, PartyId, PurposeId};
use crate::model::recipient::RecipientClass;
use crate::store::key::Key;
use crate::vault::Vault;
use crate::vault::account::Account;
use crate::vault::error::Error;

impl Vault {
    /// Refuses a filter by a name nobody has heard of; `is_caller` says whose name is a configured caller's, and `path` where
    /// the filter stands in the request.
    ///
    /// Where entries cannot be read any more, or lie in a ledger from before a restore, every name may have been in them.
    pub fn expect_heard_of(
        &self,
        path: &str,
        filter: &Filter,
        is_caller: impl Fn(&CallerName) -> bool,
    ) -> Result<(), Error> {
        let by_caller = Filter { caller: filter.caller.clone(), ..Filter::default() };
        let by_purpose = Filter { purpose: filter.purpose.clone(), ..Filter::default() };
        let by_recipient = Filter { recipient: filter.recipient.clone(), ..Filter::default() };
        let calls = |name: &str| name == VAULT_ITSELF || CallerName::parse(name).is_ok_and(|name| is_caller(&name));
        let named = [
            ("caller", &filter.caller, by_caller, filter.caller.as_deref().is_some_and(calls)),
            ("purpose", &filter.purpose, by_purpose, filter.purpose.as_deref().is_some_and(|it| self.has_purpose(it))),
            ("recipient", &filter.recipient, by_recipient, self.has_recipient(filter.recipient.as_deref())?),
        ];
        for (what, name, by_name, is_known) in named {
            if let Some(name) = name
                && !is_known
                && self.is_unheard_of(&by_name)?
            {
                let problem = format!("no {what} `{name}` is known, and no entry of the ledger names it");
                return Err(Error::Invalid { argument: format!("{path}{what}"), problem });
            }
        }
        match filter.member {
            Some(member) => self.expect_account(&Account::Member(member)),
            None => Ok(()),
        }
    }

    /// Refuses an account of a member or a party that neither is nor was.
    pub fn expect_account(&self, of: &Account) -> Result<(), Error> {
        let (is_known, filter, unknown) = match of {
            Account::Member(member) => {
                let filter = Filter { member: Some(*member), ..Filter::default() };
                (self.has_member(*member)?, filter, Error::MemberNotFound)
            }
            Account::Party(party) => {
                let filter = Filter { recipient: Some(party.to_string()), ..Filter::default() };
                (self.party_row(party)?.is_some(), filter, Error::PartyNotFound)
            }
        };
        if is_known || !self.is_unheard_of(&filter)? { Ok(()) } else { Err(unknown) }
    }

    fn has_member(&self, member: MemberId) -> Result<bool, Error> {
        Ok(self.store.get(&Key::record(member)).map_err(Error::StoreUnavailable)?.is_some())
    }

    fn has_purpose(&self, name: &str) -> bool {
        let Ok(id) = PurposeId::parse(name) else { return false };
        self.policies.load().all().any(|policy| policy.purpose(&id).is_some())
    }

    fn has_recipient(&self, name: Option<&str>) -> Result<bool, Error> {
        let Some(name) = name else { return Ok(false) };
        let is_built_in = RecipientClass::parse(name).is_some();
        Ok(is_built_in || PartyId::parse(name).map_or(Ok(None), |id| self.party_row(&id))?.is_some())
    }

    /// Whether the ledger could tell of it, and does not.
    fn is_unheard_of(&self, filter: &Filter) -> Result<bool, Error> {
        let gaps = self.gaps()?;
        if gaps.forgotten > 0 || gaps.previous_origin.is_some() {
            return Ok(false);
        }
        let found = self.ledger.walk(filter, Order::NewestFirst, 0..u64::MAX, |entry| {
            if filter.admits(&entry) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok(found.is_continue())
    }
}
