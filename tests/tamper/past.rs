//! A vault with a past: entries of three months, closed in order six times, and what its ledger's files held each time.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fubako::field::email::Email;
use fubako::field::value::Value;
use fubako::ledger::audit::Verdict;
use fubako::ledger::query::{Filter, Order};
use fubako::model::caller::{Caller, Role};
use fubako::model::ids::{MemberId, RequestId, Slot};
use fubako::model::recipient::{Recipient, RecipientClass};
use fubako::model::source::Source;
use fubako::policy::ask::{Ask, Stated};
use fubako::record::collected::Collected;
use fubako::vault::Vault;
use fubako::vault::audit::{StoreBreak, audit_at_rest};
use fubako::vault::collect::{NewMember, NewValue};
use fubako::vault::mutation::{Method, Request};
use fubako_keys::RootKey;
use jiff::SignedDuration;
use tempfile::TempDir;
use uuid::Uuid;

use crate::damage::frames;
use crate::support::callers::{nothing, purpose};
use crate::support::place::{Place, copy_folder, files_below};

/// Files of a ledger, by their path in the data folder.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// An entry as its caller was told of it: its place and its hash.
pub(crate) type Told = (u64, [u8; 32]);

/// The vault, closed.
pub(crate) struct Past {
    place: Place,
    /// The ledger's files at each orderly stop; the last as they lie there.
    stops: Vec<Files>,
    told: Vec<Told>,
}

/// A vault laid out anew, to be damaged.
pub(crate) struct Laid {
    folder: TempDir,
}

impl Past {
    pub(crate) async fn live() -> Self {
        let place = Place::new();
        let (mut stops, mut told) = (Vec::new(), Vec::new());
        let (minutes, month) = (SignedDuration::from_mins(10), SignedDuration::from_hours(31 * 24));
        for pause in [SignedDuration::ZERO, minutes, month, minutes, month, minutes] {
            place.clock.advance(pause);
            let opened = place.open().await;
            work(&opened.vault).await;
            // A run lasts: an old checkpoint is told from what a crash leaves by how long nothing was signed.
            place.clock.advance(minutes);
            work(&opened.vault).await;
            told = listed(&opened.vault, &Filter::default()).unwrap();
            opened.close();
            stops.push(files_of(&place.data()));
        }
        // What a run makes ready for later stays behind the last frame.
        let last = stops.last_mut().unwrap().iter_mut().rfind(|(file, _)| is_segment(file)).unwrap();
        last.1.extend([0; READY]);
        Self { place, stops, told }
    }

    /// The ledger's files, as they lie there.
    pub(crate) fn files(&self) -> &Files {
        self.stops.last().unwrap()
    }

    /// The ledger's files at every orderly stop.
    pub(crate) fn stops(&self) -> &[Files] {
        &self.stops
    }

    /// Every entry anybody was told of.
    pub(crate) fn told(&self) -> &[Told] {
        &self.told
    }

    /// The ledger with these files, and nothing of the store beside it, so that only the ledger can tell.
    pub(crate) fn lay(&self, files: &Files) -> Laid {
        let laid = Laid { folder: tempfile::tempdir().unwrap() };
        let data = laid.data();
        fs::create_dir(&data).unwrap();
        for file in ["keyring", "vault"] {
            fs::copy(self.place.data().join(file), data.join(file)).unwrap();
        }
        fs::copy(self.place.root_file(), laid.folder.path().join("root")).unwrap();
        write(&data, files);
        laid
    }

    /// The whole vault, its ledger with these files.
    pub(crate) fn lay_whole(&self, files: &Files) -> (Laid, Place) {
        let laid = self.lay(files);
        for part in ["store", "redo", "policies"] {
            copy_folder(&self.place.data().join(part), &laid.data().join(part));
        }
        let place = Place::again(laid.folder.path().to_owned());
        place.clock.advance(self.place.clock.now().duration_since(place.clock.now()));
        (laid, place)
    }
}

impl Laid {
    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What `fubako ledger verify --config` finds in the ledger.
    pub(crate) fn audit(&self) -> Result<Verdict, String> {
        let root = RootKey::load_file(&self.folder.path().join("root")).unwrap();
        let found = audit_at_rest(&self.data(), &root, |_, _| ()).map_err(|error| error.to_string())?;
        assert!(found.past.breaks.is_empty() && matches!(found.store, Some(StoreBreak::Gone { .. })), "{found:?}");
        Ok(found.ledger)
    }
}

/// Every entry that passes the filter, from the first on, as a vault tells them.
pub(crate) fn listed(vault: &Vault, filter: &Filter) -> Result<Vec<Told>, String> {
    let auditor = Caller { roles: [Role::Auditor].into(), ..nothing("auditor") };
    let (mut told, mut after) = (Vec::new(), None);
    loop {
        let page = vault.entries(&auditor, filter, Order::OldestFirst, (after, 1000));
        let page = page.map_err(|error| error.to_string())?;
        told.extend(page.entries.iter().map(|entry| (entry.index, entry.leaf_hash)));
        after = page.next;
        if after.is_none() {
            return Ok(told);
        }
    }
}

pub(crate) fn is_segment(file: &str) -> bool {
    file.starts_with("journal/")
}

/// Members are collected, views of them released, the ledger read: groups of one entry and of several.
async fn work(vault: &Arc<Vault>) {
    let auditor = Caller { roles: [Role::Auditor].into(), ..nothing("auditor") };
    for _ in 0..3 {
        let member = collect(vault).await;
        for _ in 0..2 {
            drop(vault.disclose(&notice(member)).await.unwrap());
            vault.begin_reading(&auditor).await.unwrap();
            vault.begin_reading(&auditor).await.unwrap();
        }
    }
    // All that was queued before it is durable when this is.
    vault.begin_audit(&auditor).await.unwrap();
}

async fn collect(vault: &Vault) -> MemberId {
    let shop = Caller { roles: [Role::Collector].into(), ..nothing("shop") };
    let value = Value::Email(Email::parse("hana@example.jp").unwrap());
    let collected = Collected { value, source: Source::Website, time: vault.now(), policy: vault.policy().version() };
    let field = vault.policy().field_named("email").unwrap().id();
    let new = NewMember { member: None, reference: None, values: vec![NewValue { field, slot: Slot(0), collected }] };
    let id = RequestId::parse(&Uuid::new_v4().to_string()).unwrap();
    let done = vault.collect(Request { caller: &shop, method: Method::CollectMember, id, digest: [0; 32] }, &new).await;
    MemberId::parse(&done.unwrap().outcome.subject).unwrap()
}

fn notice(member: MemberId) -> Ask {
    let asker = Caller {
        roles: [Role::Discloser].into(),
        purposes: [purpose("maintenance-notice")].into(),
        classes: [RecipientClass::Marketplace].into(),
        ..nothing("asker")
    };
    Ask {
        caller: Arc::new(asker),
        purpose: Stated::parse("maintenance-notice"),
        recipient: Recipient::Marketplace,
        bases: Vec::new(),
        member,
        narrowing: None,
        asserted: None,
    }
}

/// The files of a closed ledger; segments without the space made ready behind their last frame.
fn files_of(data: &Path) -> Files {
    let mut files = Files::new();
    for folder in ["journal", "tree", "index"] {
        for path in files_below(&data.join(folder)) {
            let name = path.strip_prefix(data).unwrap().to_str().unwrap().to_owned();
            let mut bytes = fs::read(path).unwrap();
            if is_segment(&name) {
                bytes.truncate(frames(&bytes).last().unwrap().end);
            }
            files.insert(name, bytes);
        }
    }
    files
}

fn write(data: &Path, files: &Files) {
    for folder in ["journal", "tree", "index"] {
        fs::create_dir(data.join(folder)).unwrap();
    }
    for (name, bytes) in files {
        fs::write(data.join(name), bytes).unwrap();
    }
}

const READY: usize = 300;
