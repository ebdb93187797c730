//! The companies of the demo: one party of every class.

use fubako_proto::v1::{PartyDetails, RegisterPartyRequest};

use crate::cli::demo::world::World;
use crate::cli::dev::callers::{CALLERS, SampleCaller};
use crate::cli::error::Error;
use crate::model::recipient::RecipientClass;

/// A party of the demo.
pub(super) struct Company {
    pub(super) class: RecipientClass,
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    legal_name: &'static str,
    address: &'static str,
    representative: &'static str,
}

/// Registers every party.
pub(super) async fn register(world: &mut World) -> Result<(), Error> {
    let registry = world.client("registry")?;
    for company in COMPANIES {
        let caller = CALLERS.iter().find(|caller| caller.name == company.id);
        let details = PartyDetails {
            party_id: company.id.to_owned(),
            recipient_class: company.class.name().to_owned(),
            name: company.name.to_owned(),
            legal_name: company.legal_name.to_owned(),
            address: company.address.to_owned(),
            representative: company.representative.to_owned(),
            country: "JP".to_owned(),
            certificate_identity: caller.map_or_else(String::new, SampleCaller::identity),
            hpke_public_key: Vec::new(),
        };
        let request = RegisterPartyRequest { details: Some(details), ..RegisterPartyRequest::default() };
        let answer = registry.register_party(request).await?;
        world.keep(answer.receipt);
    }
    Ok(())
}

/// The party of a class, if parties can have it.
pub(super) fn of(class: RecipientClass) -> Option<&'static Company> {
    COMPANIES.iter().find(|company| company.class == class)
}

const COMPANIES: &[Company] = &[
    Company {
        class: RecipientClass::Seller,
        id: "aoyama-books",
        name: "Aoyama Books",
        legal_name: "株式会社青山書店",
        address: "東京都港区架空青山1-2-3",
        representative: "青山 健",
    },
    Company {
        class: RecipientClass::Subcontractor,
        id: "hayate-express",
        name: "Hayate Express",
        legal_name: "はやて運輸株式会社",
        address: "神奈川県川崎市架空町4-5",
        representative: "速水 隼人",
    },
    Company {
        class: RecipientClass::Partner,
        id: "minato-research",
        name: "Minato Research",
        legal_name: "株式会社みなと総研",
        address: "神奈川県横浜市架空みなと6-7",
        representative: "港 美咲",
    },
    Company {
        class: RecipientClass::CardCompany,
        id: "hoshi-card",
        name: "Hoshi Card",
        legal_name: "株式会社星カード",
        address: "東京都千代田区架空町8-9",
        representative: "星 一郎",
    },
    Company {
        class: RecipientClass::FinancialInstitution,
        id: "kawabe-bank",
        name: "Kawabe Bank",
        legal_name: "株式会社かわべ銀行",
        address: "大阪府大阪市架空区10-11",
        representative: "川辺 進",
    },
    Company {
        class: RecipientClass::Successor,
        id: "tsugi-market",
        name: "Tsugi Market",
        legal_name: "つぎマーケット株式会社",
        address: "福岡県福岡市架空区12-13",
        representative: "次田 望",
    },
    Company {
        class: RecipientClass::Authority,
        id: "kasumi-court",
        name: "Kasumi District Court",
        legal_name: "霞地方裁判所",
        address: "東京都架空区霞14",
        representative: "霞 公平",
    },
    Company {
        class: RecipientClass::DisputeParty,
        id: "mori-law",
        name: "Mori Law Office",
        legal_name: "森法律事務所",
        address: "京都府京都市架空区15-16",
        representative: "森 正",
    },
];
