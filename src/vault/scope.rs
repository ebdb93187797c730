//! Scope: keyrings of some classes given out for other nodes, and what a node with such a keyring leaves to the vault it was
//! taken of.
//!
//! ```text
//! first approver ── entry, proposal ── second ── keyring: under which root key, months of the term
//!                                            ── entry, export registered, proposal gone ── the file leaves
//! ```

use std::collections::BTreeSet;
use std::sync::Arc;

use fubako_keys::{KeyClass, KeyName, Keyring, Passphrase, RootKey, RootMaker as _, Scope};
use jiff::{SignedDuration, Timestamp};
use minicbor::{Decode, Encode};
use tokio::task::spawn_blocking;

use crate::commit::work::{Redo, Write};
use crate::ledger::accounted::Receipt;
use crate::ledger::event::Event;
use crate::ledger::writer::month_of;
use crate::model::caller::{Caller, Role};
use crate::model::ids::{CallerName, CopyId, Revision};
use crate::model::time::micros;
use crate::store::key::Key;
use crate::vault::Vault;
use crate::vault::approval::Word;
use crate::vault::backup::copies::{CopyOf, CopyState, Given, LONGEST_TERM, RegisteredCopy};
use crate::vault::error::{Cause, Error};
use crate::vault::rows::Revised;

/// A keyring that is to be given out.
#[derive(Clone, Debug)]
pub struct ScopedExport {
    /// The classes it is to open.
    pub classes: BTreeSet<KeyClass>,
    /// Who gets it, in a line.
    pub holder: String,
    /// The first instant at which they are to have destroyed it.
    pub until: Timestamp,
}

/// What became of the wish to give out a scoped keyring.
#[derive(Debug)]
pub enum Export {
    /// It waits for a second approver; the entry says so.
    Proposed(Receipt),
    /// Two approvers said the same, and here it is.
    GivenOut(Box<ExportedScope>),
}

/// A scoped keyring that was given out.
#[derive(Debug)]
pub struct ExportedScope {
    /// What the export is called.
    pub id: CopyId,
    /// How it is registered.
    pub registered: RegisteredCopy,
    /// The keyring's file, sealed under the holder's passphrase.
    pub bytes: Vec<u8>,
    /// The entry that tells of it.
    pub receipt: Receipt,
}

/// Who wants a scoped keyring given out.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
struct Proposal {
    #[n(0)]
    by: CallerName,
    #[n(1)]
    identity: String,
    #[n(2)]
    time_micros: i64,
    #[cbor(n(3), with = "micros")]
    until: Timestamp,
}

impl Proposal {
    fn word(&self) -> Word<'_> {
        Word { by: &self.by, identity: Some(&self.identity), time_micros: self.time_micros }
    }
}

impl Vault {
    /// Approves that a keyring of some classes is given out; needs the role `approver`. The second approver's word does it,
    /// under the passphrase that one brings, for the earlier one of the two terms. The first one's word holds for a day.
    ///
    /// It is registered first, and the keyring remembers that it was given out, so that no key it holds is taken for gone.
    /// What is given out never changes; the ledger keys of its term are made ahead.
    pub async fn export_scope(
        self: &Arc<Self>,
        caller: &Caller,
        mut export: ScopedExport,
        passphrase: Option<Passphrase>,
    ) -> Result<Export, Error> {
        self.admit(caller, &[Role::Approver])?;
        self.check_unscoped()?;
        let now = self.now();
        check_term(now, &export)?;
        let proposal = self.proposal_key(&export)?;
        let Some(first) = self.proposed(&proposal)? else { return self.propose(caller, &export, &proposal).await };
        first.content.word().check_other(caller)?;
        let passphrase = passphrase.ok_or_else(|| {
            let problem = "is missing: another approver has agreed, so the keyring is given out now, sealed under the \
                 passphrase you bring (`fubako` asks for it where a file for the keyring is named)";
            Error::Invalid { argument: "passphrase".to_owned(), problem: problem.to_owned() }
        })?;
        export.until = export.until.min(first.content.until);
        check_term(now, &export)?;
        let random = Arc::clone(&self.random);
        // Half a second and some memory: not on the threads that serve.
        let made = spawn_blocking(move || passphrase.make(random.as_ref())).await.map_err(|_| Cause::Panicked)?;
        let root = made.map_err(|error| Cause::Keyring(Box::new(error)))?.into_key();
        self.remember_export(&root, now, export.until).await?;
        let given = self.give_out(caller, export, &root, (&proposal, &first)).await?;
        Ok(Export::GivenOut(Box::new(given)))
    }

    async fn propose(&self, caller: &Caller, export: &ScopedExport, row: &Key) -> Result<Export, Error> {
        let entry = self.entry(Event::ScopeExportProposed, &caller.name)?.because(&export.words());
        let proposal = Proposal {
            by: caller.name.clone(),
            identity: caller.identity.to_string(),
            time_micros: entry.time().as_microsecond(),
            until: export.until,
        };
        let writes = || {
            if self.proposed(row)?.is_some() {
                // Somebody was faster: this is the second word now, and has to come again as that.
                return Err(Error::Overloaded);
            }
            let before = self.row::<Proposal>(row)?.map_or(Revision::ABSENT, |row| row.revision);
            Ok(vec![self.write_row(row.clone(), before, &proposal)?])
        };
        Ok(Export::Proposed(self.commit_for(caller, &entry, writes).await?))
    }

    /// What a first approver proposed, while it counts.
    fn proposed(&self, row: &Key) -> Result<Option<Revised<Proposal>>, Error> {
        Ok(self.row::<Proposal>(row)?.filter(|row| self.holds_good(row.content.word())))
    }

    /// Where it is remembered that keys of these classes are to be given to this holder; the name shows neither.
    fn proposal_key(&self, export: &ScopedExport) -> Result<Key, Error> {
        let what = format!("{} {}", export.class_names().join("+"), export.holder);
        Ok(Key::job(&format!("{EXPORT}{}", hex::encode(self.digest("scope-export", what.as_bytes())?))))
    }

    async fn remember_export(&self, root: &RootKey, now: Timestamp, until: Timestamp) -> Result<(), Error> {
        let last = month_of(until).map_err(|error| Cause::Keyring(Box::new(error)))?;
        let random = self.random.as_ref();
        let change = |keyring: &Keyring| Ok(Some(keyring.given_out_under(root, last, now.as_millisecond(), random)?));
        Ok(self.change_keyring(Redo::Kept, change).await?)
    }

    async fn give_out(
        &self,
        caller: &Caller,
        export: ScopedExport,
        root: &RootKey,
        (row, first): (&Key, &Revised<Proposal>),
    ) -> Result<ExportedScope, Error> {
        let _unchanged = self.root.lock().await;
        let said = format!("{}, first approved by {}", export.words(), first.content.by);
        let names = export.class_names();
        let ScopedExport { classes, holder, until } = export;
        let (id, registered) = self.new_copy(CopyOf::Scoped, &caller.name)?;
        let scope = Scope::new(*id.as_bytes(), until.as_millisecond(), classes);
        let registered = RegisteredCopy {
            state: CopyState::Made,
            latest: registered.begun,
            kept_until: until,
            given: Some(Given { holder, classes: names }),
            ..registered
        };
        let bytes = self.keyring.load().scoped(scope).sealed(root, self.random.as_ref());
        let bytes = bytes.map_err(|error| Cause::Keyring(Box::new(error)))?;
        let entry = self.entry(Event::ScopeExported, &caller.name)?.of_subject(&id).because(&said);
        let writes = || {
            // One word of a first approver is good for one export.
            if self.row::<Proposal>(row)?.is_none_or(|present| present.content != first.content) {
                return Err(Error::Overloaded);
            }
            let used = Write::remove(row.clone(), first.revision);
            Ok(vec![used, self.write_row(Key::copy(id), Revision::ABSENT, &registered)?])
        };
        let receipt = self.commit_for(caller, &entry, writes).await?;
        Ok(ExportedScope { id, registered, bytes, receipt })
    }

    /// Refuses what needs every key, or changes keys, on a node with a scoped keyring.
    pub(super) fn check_unscoped(&self) -> Result<(), Error> {
        if self.is_scoped() { Err(Error::KeyringScoped) } else { Ok(()) }
    }

    /// Whether the keyring of this node is a scoped one.
    pub(super) fn is_scoped(&self) -> bool {
        self.keyring.load().scope().is_some()
    }

    /// Refuses a node whose scoped keyring is past its term.
    pub(super) fn check_scope_term(&self) -> Result<(), Error> {
        match self.keyring.load().scope() {
            Some(scope) if self.now().as_millisecond() >= scope.until_ms() => Err(Error::ScopeOver),
            Some(_) | None => Ok(()),
        }
    }

    /// Refuses what needs the keys of classes that a scoped keyring does not hold.
    pub(super) fn check_held(&self, classes: impl IntoIterator<Item = KeyClass>) -> Result<(), Error> {
        let keyring = self.keyring.load();
        let missing: BTreeSet<KeyClass> =
            classes.into_iter().filter(|class| !keyring.holds(KeyName::Class(*class))).collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Error::ClassNotHeld { classes: in_words(&missing) })
    }
}

/// Classes in words.
pub(super) fn in_words(classes: &BTreeSet<KeyClass>) -> String {
    let names: Vec<String> = classes.iter().map(|class| format!("`{class}`")).collect();
    names.join(", ")
}

impl ScopedExport {
    fn class_names(&self) -> Vec<String> {
        self.classes.iter().map(ToString::to_string).collect()
    }

    fn words(&self) -> String {
        format!("{} for {} until {:.0}", self.class_names().join("+"), self.holder, self.until)
    }
}

fn check_term(now: Timestamp, export: &ScopedExport) -> Result<(), Error> {
    let invalid = |argument: &str, problem: &str| {
        Err(Error::Invalid { argument: argument.to_owned(), problem: problem.to_owned() })
    };
    if export.classes.is_empty() {
        return invalid("classes", "is missing: name the classes that are to be opened there");
    }
    let term = now.duration_until(export.until);
    if term <= SignedDuration::ZERO || term > LONGEST_TERM {
        return invalid("until_time", "has to lie ahead, by at most 366 days");
    }
    Ok(())
}

/// What the rows of proposals begin with.
const EXPORT: &str = "export ";
