//! Scope: keyrings of some classes given out for other nodes, and what a node with such a keyring leaves to the vault it was
//! taken of.
//!
//! ```text
//! export ── keyring: under which root key, months of the term ── entry, export registered ── the file leaves
//! ```

use std::collections::BTreeSet;
use std::sync::Arc;

use fubako_keys::{KeyClass, KeyName, Keyring, Passphrase, RootKey, RootMaker as _, Scope};
use jiff::{SignedDuration, Timestamp};
use tokio::task::spawn_blocking;

use crate::commit::work::Redo;
use crate::ledger::accounted::Receipt;
use crate::ledger::event::Event;
use crate::ledger::writer::month_of;
use crate::model::caller::{Caller, Role};
use crate::model::ids::{CopyId, Revision};
use crate::store::key::Key;
use crate::vault::Vault;
use crate::vault::backup::copies::{CopyOf, CopyState, Given, RegisteredCopy};
use crate::vault::error::{Cause, Error};

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

impl Vault {
    /// Gives out a keyring of some classes, sealed under the holder's passphrase; needs the role `operator`.
    ///
    /// It is registered first, and the keyring remembers that it was given out, so that no key it holds is taken for gone.
    /// What is given out never changes; the ledger keys of its term are made ahead.
    pub async fn export_scope(
        self: &Arc<Self>,
        caller: &Caller,
        export: ScopedExport,
        passphrase: Passphrase,
    ) -> Result<ExportedScope, Error> {
        self.admit(caller, &[Role::Operator])?;
        self.check_unscoped()?;
        let now = self.now();
        check_term(now, &export)?;
        let random = Arc::clone(&self.random);
        // Half a second and some memory: not on the threads that serve.
        let made = spawn_blocking(move || passphrase.make(random.as_ref())).await.map_err(|_| Cause::Panicked)?;
        let root = made.map_err(|error| Cause::Keyring(Box::new(error)))?.into_key();
        self.remember_export(&root, now, export.until).await?;
        self.give_out(caller, export, &root).await
    }

    async fn remember_export(&self, root: &RootKey, now: Timestamp, until: Timestamp) -> Result<(), Error> {
        let last = month_of(until).map_err(|error| Cause::Keyring(Box::new(error)))?;
        let random = self.random.as_ref();
        let change = |keyring: &Keyring| Ok(Some(keyring.given_out_under(root, last, now.as_millisecond(), random)?));
        Ok(self.change_keyring(Redo::Kept, change).await?)
    }

    async fn give_out(&self, caller: &Caller, export: ScopedExport, root: &RootKey) -> Result<ExportedScope, Error> {
        let _unchanged = self.root.lock().await;
        let ScopedExport { classes, holder, until } = export;
        let names: Vec<String> = classes.iter().map(ToString::to_string).collect();
        let (id, registered) = self.new_copy(CopyOf::Scoped, &caller.name)?;
        let scope = Scope::new(*id.as_bytes(), until.as_millisecond(), classes);
        let said = format!("{} for {holder} until {until:.0}", names.join("+"));
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
        let writes = || Ok(vec![self.write_row(Key::copy(id), Revision::ABSENT, &registered)?]);
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
        let names: Vec<String> = missing.iter().map(|class| format!("`{class}`")).collect();
        Err(Error::ClassNotHeld { classes: names.join(", ") })
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
    if term <= SignedDuration::ZERO || term > LONGEST {
        return invalid("until_time", "has to lie ahead, by at most 366 days");
    }
    Ok(())
}

/// Ledger keys are made ahead for all of a term.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 366);
