//! Parties: the details of one to be registered, and one on record.

use fubako_proto::v1;
use jiff::Timestamp;

use crate::model::caller::Identity;
use crate::model::party::{Party, PartyState};
use crate::model::recipient::RecipientClass;
use crate::rpc::convert::{argument, time};
use crate::rpc::error::Error;
use crate::vault::rows::Revised;

/// The party a request wants registered, active at once.
pub(in crate::rpc) fn parse(details: &v1::PartyDetails, now: Timestamp) -> Result<Party, Error> {
    let name = argument::required_line("details.name", &details.name, 128)?;
    let legal_name = argument::line("details.legal_name", &details.legal_name, 256)?;
    let address = argument::required_line("details.address", &details.address, 512)?;
    let representative = argument::line("details.representative", &details.representative, 128)?;
    argument::without_card_data("details.party_id", &details.party_id)?;
    Ok(Party {
        id: argument::party("details.party_id", &details.party_id)?,
        class: class("details.recipient_class", &details.recipient_class)?,
        name: name.to_owned(),
        legal_name: if legal_name.is_empty() { name } else { legal_name }.to_owned(),
        address: address.to_owned(),
        representative: representative.to_owned(),
        country: country(&details.country)?,
        identity: identity(&details.certificate_identity)?,
        hpke_key: hpke_key(&details.hpke_public_key)?,
        state: PartyState::Active,
        registered: now,
    })
}

/// A party on record, as it travels.
pub(in crate::rpc) fn to_wire(row: &Revised<Party>) -> v1::Party {
    let party = &row.content;
    let details = v1::PartyDetails {
        party_id: party.id.to_string(),
        recipient_class: party.class.name().to_owned(),
        name: party.name.clone(),
        legal_name: party.legal_name.clone(),
        address: party.address.clone(),
        representative: party.representative.clone(),
        country: party.country.clone(),
        certificate_identity: party.identity.clone().unwrap_or_default(),
        hpke_public_key: party.hpke_key.clone().unwrap_or_default(),
    };
    let state = match party.state {
        PartyState::Active => v1::PartyState::Active,
        PartyState::Suspended => v1::PartyState::Suspended,
        PartyState::Ended => v1::PartyState::Ended,
    };
    v1::Party {
        details: Some(details),
        state: state.into(),
        revision: row.revision.0,
        create_time: Some(time::to_wire(party.registered)),
        update_time: None,
    }
}

/// The state a request wants a party in.
pub(in crate::rpc) fn state(number: i32) -> Result<PartyState, Error> {
    match v1::PartyState::try_from(number) {
        Ok(v1::PartyState::Active) => Ok(PartyState::Active),
        Ok(v1::PartyState::Suspended) => Ok(PartyState::Suspended),
        Ok(v1::PartyState::Ended) => Ok(PartyState::Ended),
        Ok(v1::PartyState::Unspecified) => Err(Error::missing("state")),
        Err(_) => Err(Error::invalid("state", "is no state of a party")),
    }
}

/// A recipient class that parties can have.
pub(in crate::rpc) fn class(path: &str, name: &str) -> Result<RecipientClass, Error> {
    let class = RecipientClass::parse(name).filter(|class| !class.is_built_in());
    let registrable = RecipientClass::ALL.into_iter().filter(|class| !class.is_built_in()).map(RecipientClass::name);
    class.ok_or_else(|| argument::none_of(path, registrable))
}

fn country(code: &str) -> Result<String, Error> {
    let well_formed = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if well_formed {
        Ok(code.to_owned())
    } else {
        Err(Error::invalid("details.country", "is not a country's two capital letters (ISO 3166-1)"))
    }
}

fn identity(text: &str) -> Result<Option<String>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let path = "details.certificate_identity";
    let identity = Identity::parse(argument::line(path, text, 256)?);
    let identity = identity.ok_or_else(|| Error::invalid(path, "is neither a SPIFFE URI nor a DNS name"))?;
    Ok(Some(identity.as_str().to_owned()))
}

fn hpke_key(key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    match key.len() {
        0 => Ok(None),
        32 => Ok(Some(key.to_vec())),
        _ => Err(Error::invalid("details.hpke_public_key", "is not 32 bytes")),
    }
}
