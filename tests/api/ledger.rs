//! Can everything that happened be found, and can it be proved to somebody who does not trust the vault?

use std::collections::BTreeSet;
use std::fs;

use fubako::ledger::merkle::{included_root, is_consistent, leaf_hash};
use fubako::ledger::note::{NoteKey, NoteKeys};
use fubako::ledger::tlog_proof;
use fubako_proto::Reason;
use fubako_proto::client::Client;
use fubako_proto::v1::prove_entry_request::Entry;
use fubako_proto::v1::trace_exposure_request::Subject;
use fubako_proto::v1::{
    Checkpoint, EntryFilter, EntryOutcome, ExportLeavesRequest, GetCheckpointRequest, GetConsistencyProofRequest,
    GetInclusionProofRequest, KeyVersion, LedgerEntry, ListEntriesRequest, ProveEntryRequest, ReadTileRequest, Receipt,
    Recipient, RotateKeyRequest, TailEntriesRequest, TraceExposureRequest, VerifyLedgerRequest,
};
use jiff::SignedDuration;

use crate::support::callers::{self, ASKER, AUDITOR, CARDS, NARROW, OFFICER, OPERATOR, SHOP, identity};
use crate::support::member::hanako;
use crate::support::register::{about, party, wire_time};
use crate::support::world::{World, ask, reason};

const SALE: &str = "transaction-with-seller";
const NOTICE: &str = "transaction-notice";

/// A member, a seller, and a release to each of the marketplace and the seller.
async fn sold(world: &World) -> (String, Receipt) {
    let member = world.collect(hanako()).await;
    world.register(party("potter", "seller")).await;
    let basis = world.record(about("transaction", &member, "potter", SALE)).await;
    world.disclose(ask(NOTICE, Recipient::marketplace(), &member, &[])).await.unwrap();
    let sold = world.disclose(ask(SALE, Recipient::party("potter"), &member, &[&basis])).await.unwrap();
    (member, sold.receipt.unwrap())
}

async fn list(client: &Client, filter: EntryFilter) -> Vec<LedgerEntry> {
    let request = ListEntriesRequest { page_size: 1000, filter: Some(filter), ..Default::default() };
    client.list_entries(request).await.unwrap().entries
}

async fn checkpoint(client: &Client) -> Checkpoint {
    client.get_checkpoint(GetCheckpointRequest {}).await.unwrap().checkpoint.unwrap()
}

fn by_index(index: u64) -> ProveEntryRequest {
    ProveEntryRequest { entry: Some(Entry::Index(index)) }
}

#[tokio::test]
async fn entries_are_found_by_each_thing_they_say() {
    let world = World::new().await;
    let before = world.place.clock.now();
    let (member, receipt) = sold(&world).await;
    let auditor = world.client(AUDITOR).await;
    let found = |filter: EntryFilter| list(&auditor, filter);
    let none = EntryFilter::default;
    let sale = found(EntryFilter { recipient: "potter".into(), ..none() }).await;
    let released: Vec<_> = sale.iter().filter(|entry| entry.outcome() == EntryOutcome::Granted).collect();
    assert_eq!(
        (released.len(), released[0].index, released[0].member_id.as_str()),
        (1, receipt.index, member.as_str())
    );
    assert_eq!(
        (released[0].basis_kinds.as_slice(), released[0].fields[0].key_version),
        (&["transaction".to_owned()][..], 1)
    );
    assert_eq!(found(EntryFilter { purpose: SALE.into(), ..none() }).await.len(), 1);
    let of_asker = found(EntryFilter { caller: ASKER.into(), outcome: EntryOutcome::Granted.into(), ..none() }).await;
    assert_eq!(of_asker.len(), 2);
    // Collected, told of in a basis, and released twice.
    assert_eq!(found(EntryFilter { member_id: member.clone(), ..none() }).await.len(), 4);
    let both = EntryFilter { member_id: member, purpose: NOTICE.into(), ..none() };
    assert_eq!(found(both).await.len(), 1);
    assert!(found(EntryFilter { recipient: "public".into(), ..none() }).await.is_empty());
    let until = Some(wire_time(before));
    assert!(found(EntryFilter { until_time: until, outcome: EntryOutcome::Granted.into(), ..none() }).await.is_empty());
    let from = Some(wire_time(before));
    let granted = EntryFilter { from_time: from, outcome: EntryOutcome::Granted.into(), ..none() };
    assert_eq!(found(granted).await.len(), 2);
}

#[tokio::test]
async fn a_page_token_of_another_filter_is_refused() {
    let world = World::new().await;
    sold(&world).await;
    let auditor = world.client(AUDITOR).await;
    let first = ListEntriesRequest { page_size: 2, ..Default::default() };
    let page_token = auditor.list_entries(first).await.unwrap().next_page_token;
    let filter = Some(EntryFilter { caller: ASKER.into(), ..Default::default() });
    let other = ListEntriesRequest { page_size: 2, page_token, filter, ..Default::default() };
    assert_eq!(reason(auditor.list_entries(other).await), Reason::PageTokenInvalid);
}

#[tokio::test]
async fn a_receipt_is_proved_against_a_signed_root_within_a_second() {
    let world = World::new().await;
    let (_, receipt) = sold(&world).await;
    let asker = world.client(ASKER).await;
    let request = GetInclusionProofRequest { index: receipt.index, tree_size: 0 };
    let proof = asker.get_inclusion_proof(request).await.unwrap();
    assert_eq!(proof.leaf_hash, receipt.leaf_hash);
    let hashes: Vec<[u8; 32]> = proof.hashes.iter().map(|hash| hash.as_slice().try_into().unwrap()).collect();
    let leaf = proof.leaf_hash.as_slice().try_into().unwrap();
    let signed = proof.checkpoint.unwrap();
    assert_eq!(included_root(&leaf, receipt.index, proof.tree_size, &hashes).unwrap().to_vec(), signed.root);
    let key = NoteKey::parse(&signed.verifier_key).unwrap();
    assert!(key.open(&signed.note).unwrap().starts_with(&format!("{}\n{}\n", key.name(), signed.size)));
}

#[tokio::test]
async fn an_older_checkpoint_is_the_beginning_of_a_newer_one() {
    let world = World::new().await;
    let auditor = world.client(AUDITOR).await;
    let old = checkpoint(&auditor).await;
    let (_, receipt) = sold(&world).await;
    let request = GetInclusionProofRequest { index: receipt.index, tree_size: 0 };
    let new = auditor.get_inclusion_proof(request).await.unwrap().checkpoint.unwrap();
    let request = GetConsistencyProofRequest { old_size: old.size, new_size: new.size };
    let proof = auditor.get_consistency_proof(request).await.unwrap();
    let hashes: Vec<[u8; 32]> = proof.hashes.iter().map(|hash| hash.as_slice().try_into().unwrap()).collect();
    let root = |checkpoint: &Checkpoint| checkpoint.root.as_slice().try_into().unwrap();
    assert!(is_consistent((old.size, &root(&old)), (new.size, &root(&new)), &hashes));
}

#[tokio::test]
async fn what_is_beyond_the_tree_is_refused_by_name() {
    let world = World::new().await;
    let (_, receipt) = sold(&world).await;
    let auditor = world.client(AUDITOR).await;
    let beyond = GetInclusionProofRequest { index: 0, tree_size: 1_000_000 };
    assert_eq!(reason(auditor.get_inclusion_proof(beyond).await), Reason::ValueInvalid);
    let unknown = GetInclusionProofRequest { index: 1_000_000, tree_size: 0 };
    assert_eq!(reason(auditor.get_inclusion_proof(unknown).await), Reason::EntryNotFound);
    let outside = GetInclusionProofRequest { index: receipt.index, tree_size: 1 };
    assert_eq!(reason(auditor.get_inclusion_proof(outside).await), Reason::ValueInvalid);
    let reversed = GetConsistencyProofRequest { old_size: 2, new_size: 1 };
    assert_eq!(reason(auditor.get_consistency_proof(reversed).await), Reason::ValueInvalid);
    let tile = ReadTileRequest { level: 0, index: 0, width: 256 };
    assert_eq!(reason(auditor.read_tile(tile).await), Reason::ValueInvalid);
    assert_eq!(reason(auditor.prove_entry(by_index(1_000_000)).await), Reason::EntryNotFound);
    assert_eq!(reason(auditor.prove_entry(ProveEntryRequest::default()).await), Reason::ValueInvalid);
    let leaves = ExportLeavesRequest { from_index: 0, until_index: 1_000_000 };
    assert_eq!(reason(auditor.export_leaves(leaves).await), Reason::ValueInvalid);
}

#[tokio::test]
async fn an_entry_is_proved_to_those_it_concerns_and_not_there_for_others() {
    let world = World::new().await;
    let (_, receipt) = sold(&world).await;
    let mut cards = party("hoshi", "card-company");
    cards.certificate_identity = identity(CARDS);
    world.register(cards).await;
    let (auditor, asker) = (world.client(AUDITOR).await, world.client(ASKER).await);
    let proved = auditor.prove_entry(by_index(receipt.index)).await.unwrap();
    let keys = NoteKeys::parse(&checkpoint(&auditor).await.verifier_key).unwrap();
    let checked = tlog_proof::check(&proved.proof, &keys).unwrap();
    assert_eq!((checked.index, checked.leaf.purpose.as_str()), (receipt.index, SALE));
    assert_eq!(checked.leaf_hash.as_slice(), receipt.leaf_hash);
    assert_eq!(proved.member_salt.len(), 16);
    // The caller that made it has the same proof, without what names the member to a third.
    let by_id = ProveEntryRequest { entry: Some(Entry::EntryId(receipt.entry_id)) };
    let own = asker.prove_entry(by_id).await.unwrap();
    assert!(own.member_salt.is_empty() && tlog_proof::check(&own.proof, &keys).is_ok());
    for other in [CARDS, NARROW, SHOP, OPERATOR] {
        let refused = world.client(other).await.prove_entry(by_index(receipt.index)).await;
        assert_eq!(reason(refused), Reason::EntryNotFound, "{other}");
    }
}

#[tokio::test]
async fn leaves_and_tiles_give_the_signed_root_without_the_vaults_help() {
    let world = World::new().await;
    let (_, receipt) = sold(&world).await;
    let auditor = world.client(AUDITOR).await;
    let request = GetInclusionProofRequest { index: receipt.index, tree_size: 0 };
    let signed = auditor.get_inclusion_proof(request).await.unwrap().checkpoint.unwrap();
    let mut answers =
        auditor.export_leaves(ExportLeavesRequest { from_index: 0, until_index: signed.size }).await.unwrap();
    let mut hashes = Vec::new();
    while let Some(answer) = answers.next().await.unwrap() {
        hashes.extend(answer.leaves.iter().map(|leaf| leaf_hash(leaf.leaf.as_deref().unwrap())));
    }
    let width = u32::try_from(signed.size).unwrap();
    let tile = auditor.read_tile(ReadTileRequest { level: 0, index: 0, width }).await.unwrap();
    assert_eq!(hashes.as_flattened(), tile.hashes);
    let mut tree = ct_merkle::mem_backed_tree::MemoryBackedTree::<sha2::Sha256, Vec<u8>>::new();
    let mut answers =
        auditor.export_leaves(ExportLeavesRequest { from_index: 0, until_index: signed.size }).await.unwrap();
    while let Some(answer) = answers.next().await.unwrap() {
        answer.leaves.into_iter().for_each(|leaf| tree.push(leaf.leaf.unwrap()));
    }
    assert_eq!(tree.root().as_bytes().as_slice(), signed.root);
}

#[tokio::test]
async fn a_tree_that_was_changed_hands_out_no_proof() {
    let world = World::new().await;
    let (_, receipt) = sold(&world).await;
    let auditor = world.client(AUDITOR).await;
    let prove = async || auditor.prove_entry(by_index(receipt.index)).await;
    // What is over 256 entries back is read from the file.
    let read = ListEntriesRequest { page_size: 1, ..Default::default() };
    for _ in 0..256 {
        auditor.list_entries(read.clone()).await.unwrap();
    }
    assert!(prove().await.is_ok());
    let file = world.place.data().join("tree").join("level-0");
    let mut hashes = fs::read(&file).unwrap();
    hashes[0] ^= 1;
    fs::write(&file, hashes).unwrap();
    assert_eq!(reason(prove().await), Reason::Internal);
}

#[tokio::test]
async fn an_incident_is_one_question() {
    let world = World::new().await;
    let from_time = Some(wire_time(world.place.clock.now()));
    let (member, _) = sold(&world).await;
    let officer = world.client(OFFICER).await;
    let trace = async |subject: Subject| {
        let request = TraceExposureRequest { subject: Some(subject), from_time, until_time: None };
        let mut answers = officer.trace_exposure(request).await.unwrap();
        let (mut entries, mut summary) = (Vec::new(), None);
        while let Some(answer) = answers.next().await.unwrap() {
            entries.extend(answer.entries);
            summary = answer.summary.or(summary);
        }
        (entries, summary.unwrap())
    };
    let (entries, summary) = trace(Subject::Caller(ASKER.into())).await;
    assert_eq!((entries.len(), summary.releases, summary.members), (2, 2, 1));
    assert!(
        summary
            .forms
            .iter()
            .any(|form| (form.field.as_str(), form.form.as_str(), form.entries) == ("address", "full", 1))
    );
    let (entries, summary) = trace(Subject::PartyId("potter".into())).await;
    assert_eq!((entries.len(), entries[0].member_id.as_str(), summary.releases), (1, member.as_str(), 1));
    // The release of the address, and the collection that stored it; the notice showed no contact but the e-mail.
    let contact = |version| Subject::Key(KeyVersion { key_class: "contact".into(), version });
    let (entries, summary) = trace(contact(1)).await;
    assert_eq!((entries.len(), summary.releases), (3, 2));
    // The entries have fields of other classes too, which lie under other keys.
    let fields: BTreeSet<_> = summary.forms.iter().map(|form| form.field.as_str()).collect();
    assert_eq!(fields, BTreeSet::from(["address", "email", "phone"]));
    world.place.clock.advance(SignedDuration::from_mins(1));
    let later = TraceExposureRequest {
        subject: Some(Subject::Caller(ASKER.into())),
        from_time: Some(wire_time(world.place.clock.now())),
        until_time: None,
    };
    let last = officer.trace_exposure(later).await.unwrap().next().await.unwrap().unwrap();
    assert_eq!(last.summary.unwrap().releases, 0);
}

#[tokio::test]
async fn the_tail_tells_what_happens_next() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let auditor = world.client(AUDITOR).await;
    let filter = Some(EntryFilter { outcome: EntryOutcome::Granted.into(), ..Default::default() });
    let mut tail = auditor.tail_entries(TailEntriesRequest { from_index: None, filter }).await.unwrap();
    world.disclose(ask(NOTICE, Recipient::marketplace(), &member, &[])).await.unwrap();
    let told = tail.next().await.unwrap().unwrap().entries;
    assert_eq!((told.len(), told[0].purpose.as_str(), told[0].member_id.as_str()), (1, NOTICE, member.as_str()));
}

#[tokio::test]
async fn a_tail_ends_when_a_reload_takes_the_role_or_the_caller_away() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let as_before = || callers::all(&world.policy());
    let without_role = || {
        let mut callers = as_before();
        callers.iter_mut().filter(|caller| caller.name.as_str() == AUDITOR).for_each(|caller| caller.roles.clear());
        callers
    };
    let without_caller = || as_before().into_iter().filter(|caller| caller.name.as_str() != AUDITOR).collect();
    let reloads = [(without_role(), Reason::RoleMissing), (without_caller(), Reason::CallerUnauthenticated)];
    for (callers, why) in reloads {
        world.reload(as_before());
        let filter = Some(EntryFilter { outcome: EntryOutcome::Granted.into(), ..Default::default() });
        let request = TailEntriesRequest { from_index: None, filter };
        let mut tail = world.client(AUDITOR).await.tail_entries(request).await.unwrap();
        world.disclose(ask(NOTICE, Recipient::marketplace(), &member, &[])).await.unwrap();
        assert_eq!(tail.next().await.unwrap().unwrap().entries.len(), 1);
        world.reload(callers);
        world.disclose(ask(NOTICE, Recipient::marketplace(), &member, &[])).await.unwrap();
        assert_eq!(reason(tail.next().await), why);
    }
}

#[tokio::test]
async fn a_served_ledger_verifies_and_only_watchers_read_it() {
    let world = World::new().await;
    sold(&world).await;
    for watcher in [AUDITOR, OFFICER, OPERATOR] {
        let mut answers = world.client(watcher).await.verify_ledger(VerifyLedgerRequest {}).await.unwrap();
        let mut verdict = None;
        while let Some(answer) = answers.next().await.unwrap() {
            verdict = answer.verdict.or(verdict);
        }
        let verdict = verdict.unwrap();
        assert!(verdict.ok && verdict.breaks.is_empty() && verdict.tree_size > 0, "{verdict:?}");
    }
    for other in [SHOP, ASKER] {
        let client = world.client(other).await;
        assert_eq!(reason(client.verify_ledger(VerifyLedgerRequest {}).await), Reason::RoleMissing);
        assert_eq!(reason(client.list_entries(ListEntriesRequest::default()).await), Reason::RoleMissing);
        assert_eq!(reason(client.tail_entries(TailEntriesRequest::default()).await), Reason::RoleMissing);
        assert_eq!(reason(client.export_leaves(ExportLeavesRequest::default()).await), Reason::RoleMissing);
        let from_time = Some(wire_time(world.place.clock.now()));
        let subject = Some(Subject::Caller(ASKER.into()));
        let trace = TraceExposureRequest { subject, from_time, until_time: None };
        assert_eq!(reason(client.trace_exposure(trace).await), Reason::RoleMissing);
    }
}

#[tokio::test]
async fn a_proof_from_before_the_signing_key_rotated_is_checked_with_the_keys_the_vault_names() {
    let world = World::new().await;
    let (member, receipt) = sold(&world).await;
    let auditor = world.client(AUDITOR).await;
    let before = auditor.prove_entry(by_index(receipt.index)).await.unwrap().proof;
    let kept = checkpoint(&auditor).await;
    assert_eq!(kept.other_verifier_keys, Vec::<String>::new());
    let rotate = RotateKeyRequest { key: "signing".into(), ..Default::default() };
    world.client(OPERATOR).await.rotate_key(rotate).await.unwrap();
    let receipt = world.disclose(ask(NOTICE, Recipient::marketplace(), &member, &[])).await.unwrap().receipt.unwrap();
    let after = auditor.prove_entry(by_index(receipt.index)).await.unwrap().proof;
    let now = checkpoint(&auditor).await;
    assert_eq!(now.other_verifier_keys, std::slice::from_ref(&kept.verifier_key));
    let all = NoteKeys::parse(&format!("{}\n{}\n", now.verifier_key, kept.verifier_key)).unwrap();
    let newest = NoteKeys::parse(&now.verifier_key).unwrap();
    assert!([&before, &after].into_iter().all(|proof| tlog_proof::check(proof, &all).is_ok()));
    assert!(tlog_proof::check(&after, &newest).is_ok() && tlog_proof::check(&before, &newest).is_err());
}
