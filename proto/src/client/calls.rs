//! One method for each call of the vault.

use uuid::Uuid;

use crate::client::{Answers, Client, Effect, Error};
use crate::v1;
use crate::v1::backup_service_client::BackupServiceClient;
use crate::v1::basis_service_client::BasisServiceClient;
use crate::v1::disclosure_service_client::DisclosureServiceClient;
use crate::v1::key_service_client::KeyServiceClient;
use crate::v1::ledger_service_client::LedgerServiceClient;
use crate::v1::member_service_client::MemberServiceClient;
use crate::v1::operator_service_client::OperatorServiceClient;
use crate::v1::party_service_client::PartyServiceClient;
use crate::v1::policy_service_client::PolicyServiceClient;
use crate::v1::seal_service_client::SealServiceClient;

/// Writes the methods of a service: what each does, what it leaves behind, and its messages.
macro_rules! calls {
    ($service:ident { $(#[doc = $doc:literal] $effect:ident $method:ident($request:ident) -> $answer:ident;)+ }) => {
        impl Client {
            $(
                #[doc = $doc]
                pub async fn $method(&self, request: v1::$request) -> Result<v1::$answer, Error> {
                    let request = named!($effect, request);
                    self.call(Effect::$effect, request, |channel, request| async move {
                        $service::new(channel).$method(request).await
                    })
                    .await
                }
            )+
        }
    };
}

/// Writes the methods of a service that answer with a stream.
macro_rules! streams {
    ($service:ident { $(#[doc = $doc:literal] $method:ident($request:ident) -> $answer:ident;)+ }) => {
        impl Client {
            $(
                #[doc = $doc]
                pub async fn $method(&self, request: v1::$request) -> Result<Answers<v1::$answer>, Error> {
                    self.call(Effect::Release, request, |channel, request| async move {
                        $service::new(channel).$method(request).await
                    })
                    .await
                    .map(Answers::new)
                }
            )+
        }
    };
}

/// Gives a change without a request id one, so that its repeats are known for repeats.
macro_rules! named {
    (Mutation, $request:ident) => {{
        let mut request = $request;
        if request.request_id.is_empty() {
            request.request_id = Uuid::new_v4().to_string();
        }
        request
    }};
    ($effect:ident, $request:ident) => {
        $request
    };
}

calls! { DisclosureServiceClient {
    /// Releases one member's view to one recipient.
    Release disclose(DiscloseRequest) -> DiscloseResponse;
    /// Tells what [`disclose`](Self::disclose) would do with the same ask.
    Release explain(ExplainRequest) -> ExplainResponse;
    /// Answers whether claims about a member are true.
    Release verify(VerifyRequest) -> VerifyResponse;
}}

streams! { DisclosureServiceClient {
    /// Releases the views of up to 1,000 members to one recipient, with an outcome for each.
    batch_disclose(BatchDiscloseRequest) -> BatchDiscloseResponse;
}}

calls! { MemberServiceClient {
    /// Creates a member with the values collected.
    Mutation collect_member(CollectMemberRequest) -> CollectMemberResponse;
    /// Shows a member what the vault holds about them. It takes the member's assertion.
    Release review_member(ReviewMemberRequest) -> ReviewMemberResponse;
    /// Stores values in a member's slots, in place of what was there.
    Mutation correct_member(CorrectMemberRequest) -> CorrectMemberResponse;
    /// Removes values from a member's record.
    Mutation remove_fields(RemoveFieldsRequest) -> RemoveFieldsResponse;
    /// Erases a member. There is no way back.
    Mutation erase_member(EraseMemberRequest) -> EraseMemberResponse;
    /// Takes an erasure back that is pending.
    Mutation cancel_erasure(CancelErasureRequest) -> CancelErasureResponse;
    /// Shows what the law has kept of an erased member.
    Release get_retained(GetRetainedRequest) -> GetRetainedResponse;
    /// Tells how gone an erased member or value is.
    Read get_erasure(GetErasureRequest) -> GetErasureResponse;
    /// Puts a legal hold on a member, or lifts it.
    Mutation set_hold(SetHoldRequest) -> SetHoldResponse;
    /// Finds members by e-mail address, phone number or external reference.
    Release find_member(FindMemberRequest) -> FindMemberResponse;
    /// Records what a member allows and refuses. It takes the member's assertion.
    Mutation set_preferences(SetPreferencesRequest) -> SetPreferencesResponse;
    /// Tells what a member allows and refuses.
    Read get_preferences(GetPreferencesRequest) -> GetPreferencesResponse;
    /// Freezes all but the mandatory purposes for a member, or lifts that.
    Mutation set_restriction(SetRestrictionRequest) -> SetRestrictionResponse;
    /// Tells every release about a member, a page at a time.
    Release list_disclosures(ListDisclosuresRequest) -> ListDisclosuresResponse;
}}

calls! { PartyServiceClient {
    /// Registers a party, active at once.
    Mutation register_party(RegisterPartyRequest) -> RegisterPartyResponse;
    /// Tells who a party is.
    Read get_party(GetPartyRequest) -> GetPartyResponse;
    /// Lists the parties, a page at a time.
    Read list_parties(ListPartiesRequest) -> ListPartiesResponse;
    /// Suspends a party, makes it active again, or ends it for good.
    Mutation set_party_state(SetPartyStateRequest) -> SetPartyStateResponse;
    /// Tells every release to a party, a page at a time.
    Release list_party_disclosures(ListPartyDisclosuresRequest) -> ListPartyDisclosuresResponse;
}}

calls! { BasisServiceClient {
    /// Records a basis.
    Mutation record_basis(RecordBasisRequest) -> RecordBasisResponse;
    /// Withdraws a basis.
    Mutation revoke_basis(RevokeBasisRequest) -> RevokeBasisResponse;
    /// Ends a basis that has served.
    Mutation end_basis(EndBasisRequest) -> EndBasisResponse;
    /// Tells what a basis says and where it stands.
    Read get_basis(GetBasisRequest) -> GetBasisResponse;
    /// Lists bases, a page at a time.
    Read list_bases(ListBasesRequest) -> ListBasesResponse;
}}

calls! { PolicyServiceClient {
    /// Tells one version of the policy.
    Read get_policy(GetPolicyRequest) -> GetPolicyResponse;
    /// Lists the versions of the policy, a page at a time.
    Read list_policies(ListPoliciesRequest) -> ListPoliciesResponse;
}}

calls! { LedgerServiceClient {
    /// Lists the ledger's entries, a page at a time.
    Release list_entries(ListEntriesRequest) -> ListEntriesResponse;
    /// Gives the last signed checkpoint.
    Read get_checkpoint(GetCheckpointRequest) -> GetCheckpointResponse;
    /// Proves that an entry is in the ledger.
    Read get_inclusion_proof(GetInclusionProofRequest) -> GetInclusionProofResponse;
    /// Proves that the ledger of one size is the beginning of that of another.
    Read get_consistency_proof(GetConsistencyProofRequest) -> GetConsistencyProofResponse;
    /// Gives an entry with its proof, as one text that can be checked without the vault.
    Release prove_entry(ProveEntryRequest) -> ProveEntryResponse;
    /// Gives one tile of the tree's hashes.
    Read read_tile(ReadTileRequest) -> ReadTileResponse;
    /// Destroys the ledger keys of months past retention.
    Mutation retire_months(RetireMonthsRequest) -> RetireMonthsResponse;
}}

streams! { LedgerServiceClient {
    /// Tells entries as they are made.
    tail_entries(TailEntriesRequest) -> TailEntriesResponse;
    /// Tells what a caller, a party or a key version could have seen between two times.
    trace_exposure(TraceExposureRequest) -> TraceExposureResponse;
    /// Gives the leaves of entries, byte for byte.
    export_leaves(ExportLeavesRequest) -> ExportLeavesResponse;
    /// Checks the whole ledger.
    verify_ledger(VerifyLedgerRequest) -> VerifyLedgerResponse;
}}

calls! { KeyServiceClient {
    /// Lists every version of every key.
    Read get_keys(GetKeysRequest) -> GetKeysResponse;
    /// Gives a key a new version, and begins to bring what is stored under it.
    Mutation rotate_key(RotateKeyRequest) -> RotateKeyResponse;
    /// Takes a version of a key out of use.
    Mutation set_key_state(SetKeyStateRequest) -> SetKeyStateResponse;
    /// Approves that a keyring is given out that opens some classes and no other.
    Release export_scope(ExportScopeRequest) -> ExportScopeResponse;
    /// Approves that a version of a key is destroyed.
    Mutation destroy_key(DestroyKeyRequest) -> DestroyKeyResponse;
}}

streams! { KeyServiceClient {
    /// Tells how far the last rotation is, until it is over.
    watch_rotation(WatchRotationRequest) -> WatchRotationResponse;
}}

calls! { OperatorServiceClient {
    /// Tells how the vault is.
    Read get_status(GetStatusRequest) -> GetStatusResponse;
    /// Refuses everything to a caller from now on.
    Mutation suspend_caller(SuspendCallerRequest) -> SuspendCallerResponse;
    /// Lets a suspended caller in again.
    Mutation resume_caller(ResumeCallerRequest) -> ResumeCallerResponse;
}}

streams! { OperatorServiceClient {
    /// Checks everything that is stored.
    verify_vault(VerifyVaultRequest) -> VerifyVaultResponse;
}}

calls! { BackupServiceClient {
    /// Gives out the sealed keyring.
    Release export_keyring(ExportKeyringRequest) -> ExportKeyringResponse;
    /// Gives out who was erased, sealed.
    Release export_erasures(ExportErasuresRequest) -> ExportErasuresResponse;
    /// Tells the copies of the vault and its keyring on record.
    Read get_copies(GetCopiesRequest) -> GetCopiesResponse;
    /// Takes note that a copy was destroyed.
    Mutation forget_copy(ForgetCopyRequest) -> ForgetCopyResponse;
}}

streams! { BackupServiceClient {
    /// Gives out a backup.
    export_backup(ExportBackupRequest) -> ExportBackupResponse;
}}

calls! { SealServiceClient {
    /// Tells whether the vault is sealed, and how many shares are still needed.
    Read get_seal_status(GetSealStatusRequest) -> GetSealStatusResponse;
    /// Brings one share, the passphrase, or the word that the configured root key is to be used.
    Release unseal(UnsealRequest) -> UnsealResponse;
    /// Drops every key from the vault's memory once the open calls have ended.
    Release seal(SealRequest) -> SealResponse;
}}
