//! Are requests that are no messages, not UTF-8, or too long refused with a reason, and the server none the worse?

use fubako_proto::Reason;
use fubako_proto::client::{Client, Error};
use fubako_proto::v1::{BatchDiscloseItem, BatchDiscloseRequest, DiscloseRequest, DiscloseResponse, GetStatusRequest};
use prost::Message as _;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Request, Status};

use crate::support::callers::{ASKER, OFFICER, OPERATOR, REGISTRAR, SHOP};
use crate::support::world::{World, reason};

/// Sends bytes as they are, as nobody's client would.
#[derive(Clone, Copy)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        prost::bytes::BufMut::put_slice(buffer, &item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let mut bytes = vec![0; prost::bytes::Buf::remaining(buffer)];
        prost::bytes::Buf::copy_to_slice(buffer, &mut bytes);
        Ok(Some(bytes))
    }
}

async fn send(client: &Client, method: &'static str, bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    let mut grpc = Grpc::new(client.channel());
    grpc.ready().await.unwrap();
    let path = PathAndQuery::from_static(method);
    grpc.unary(Request::new(bytes), path, Raw).await.map(tonic::Response::into_inner).map_err(Error::from)
}

const DISCLOSE: &str = "/fubako.v1.DisclosureService/Disclose";
const COLLECT: &str = "/fubako.v1.MemberService/CollectMember";

#[tokio::test]
async fn bytes_that_are_no_message_are_refused() {
    let world = World::new().await;
    let client = world.client(ASKER).await;
    let field_cut_short = vec![0x0a, 0x20, b'x'];
    let wrong_wire_type = vec![0x08, 0x01];
    let field_zero = vec![0x00, 0x01];
    let endless_varint = vec![0xff; 32];
    for bytes in [field_cut_short, wrong_wire_type, field_zero, endless_varint] {
        for method in [DISCLOSE, COLLECT] {
            let error = send(&client, method, bytes.clone()).await.unwrap_err();
            assert_eq!(error.reason(), &Reason::ValueInvalid, "{method} {bytes:?}: {error}");
        }
    }
    world.client(OPERATOR).await.get_status(GetStatusRequest {}).await.unwrap();
}

#[tokio::test]
async fn a_string_that_is_not_utf_8_is_refused() {
    let world = World::new().await;
    let client = world.client(ASKER).await;
    let purpose_of_two_bad_bytes = vec![0x0a, 0x02, 0xc3, 0x28];
    let error = send(&client, DISCLOSE, purpose_of_two_bad_bytes).await.unwrap_err();
    assert_eq!(error.reason(), &Reason::ValueInvalid, "{error}");
    assert!(!error.to_string().contains('\u{fffd}'), "{error}");
}

#[tokio::test]
async fn a_field_nobody_declared_is_passed_over_as_protobuf_asks() {
    let world = World::new().await;
    let client = world.client(ASKER).await;
    let mut bytes = DiscloseRequest { purpose: "other".into(), ..Default::default() }.encode_to_vec();
    let unknown_field = [0xf8, 0x07, 0x2a];
    bytes.extend(unknown_field);
    let error = send(&client, DISCLOSE, bytes).await.unwrap_err();
    assert_ne!(error.reason(), &Reason::Unknown(String::new()));
    assert!(DiscloseResponse::default().view.is_none());
}

#[tokio::test]
async fn a_message_over_the_limit_is_refused() {
    let world = World::new().await;
    let client = world.client(ASKER).await;
    let purpose = "x".repeat(600 << 10);
    let error = send(&client, DISCLOSE, DiscloseRequest { purpose, ..Default::default() }.encode_to_vec()).await;
    assert_eq!(reason(error), Reason::TooLarge);
    let item = BatchDiscloseItem { member_id: "x".repeat(1000), basis_ids: Vec::new() };
    let batch = BatchDiscloseRequest { items: vec![item; 900], ..Default::default() };
    assert_eq!(reason(client.batch_disclose(batch).await), Reason::TooLarge);
    world.client(OPERATOR).await.get_status(GetStatusRequest {}).await.unwrap();
}

#[tokio::test]
async fn ids_that_are_no_uuids_and_lists_that_are_too_long_are_refused_by_name() {
    let world = World::new().await;
    let client = world.client(ASKER).await;
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let good = || crate::support::world::ask("transaction-notice", fubako_proto::v1::Recipient::marketplace(), id, &[]);
    let cases = [
        (DiscloseRequest { member_id: String::new(), ..good() }, "member_id"),
        (DiscloseRequest { member_id: "7".into(), ..good() }, "member_id"),
        (DiscloseRequest { recipient: None, ..good() }, "recipient"),
        (DiscloseRequest { basis_ids: vec!["7".into()], ..good() }, "basis_ids[0]"),
        (DiscloseRequest { basis_ids: vec![id.into(); 9], ..good() }, "basis_ids"),
    ];
    for (request, blamed) in cases {
        let error = client.disclose(request).await.unwrap_err();
        assert_eq!(error.reason(), &Reason::ValueInvalid, "{blamed}");
        assert_eq!(error.field_violations()[0].field, blamed);
    }
}

const METHODS: [&str; 25] = [
    DISCLOSE,
    "/fubako.v1.DisclosureService/Explain",
    "/fubako.v1.DisclosureService/Verify",
    COLLECT,
    "/fubako.v1.MemberService/ReviewMember",
    "/fubako.v1.MemberService/CorrectMember",
    "/fubako.v1.MemberService/RemoveFields",
    "/fubako.v1.MemberService/EraseMember",
    "/fubako.v1.MemberService/FindMember",
    "/fubako.v1.MemberService/SetPreferences",
    "/fubako.v1.MemberService/GetPreferences",
    "/fubako.v1.MemberService/SetRestriction",
    "/fubako.v1.PartyService/RegisterParty",
    "/fubako.v1.PartyService/GetParty",
    "/fubako.v1.PartyService/SetPartyState",
    "/fubako.v1.BasisService/RecordBasis",
    "/fubako.v1.BasisService/RevokeBasis",
    "/fubako.v1.BasisService/EndBasis",
    "/fubako.v1.BasisService/GetBasis",
    "/fubako.v1.OperatorService/SuspendCaller",
    "/fubako.v1.OperatorService/ResumeCaller",
    "/fubako.v1.BasisService/ListBases",
    "/fubako.v1.PartyService/ListParties",
    "/fubako.v1.LedgerService/ListEntries",
    "/fubako.v1.PolicyService/GetPolicy",
];

#[tokio::test]
async fn whatever_bytes_any_call_gets_it_answers_with_a_reason_of_its_own() {
    let world = World::new().await;
    let mut random = 7_u64;
    let mut byte = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        random.to_be_bytes()[0]
    };
    for caller in [ASKER, SHOP, REGISTRAR, OFFICER] {
        let client = world.client(caller).await;
        for method in METHODS {
            for length in [0, 1, 2, 5, 40] {
                // A first byte that begins a text field, so that some of it is a message.
                let bytes: Vec<u8> = [0x0a].into_iter().chain((0..length).map(|_| byte())).take(length).collect();
                let Err(error) = send(&client, method, bytes.clone()).await else { continue };
                let own = !matches!(error.reason(), Reason::Unknown(_) | Reason::Internal);
                assert!(own, "{caller} {method} {bytes:?}: {error}");
            }
        }
    }
    world.client(OPERATOR).await.get_status(GetStatusRequest {}).await.unwrap();
}
