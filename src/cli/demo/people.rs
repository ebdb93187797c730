//! The people of the demo, all made up: three dozen members with every field a policy may know.

use fubako_proto::client::{self, Client};
use fubako_proto::v1::{CollectMemberRequest, CollectMemberResponse, Text};
use tokio::task::JoinSet;

use crate::cli::demo::world::World;
use crate::cli::error::Error;
use crate::cli::made_up::{NAMES, Person};

/// A member of the demo, with what the demo asks by.
pub(super) struct Member {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) phone: String,
    pub(super) birth_date: String,
    pub(super) card_last4: String,
    pub(super) password: String,
    pub(super) reference: String,
}

/// Collects everyone.
pub(super) async fn collect(world: &mut World) -> Result<Vec<Member>, Error> {
    let shop = world.client("shop")?;
    let mut collecting = JoinSet::new();
    for number in 0..NAMES {
        let person = Person::new(number);
        let shop = shop.clone();
        collecting.spawn(async move { (number, collect_one(&person, &shop).await) });
    }
    let mut members = Vec::with_capacity(NAMES);
    while let Some(done) = collecting.join_next().await {
        let (number, answer) = done.map_err(|panicked| Error::Serve(Box::new(panicked)))?;
        let answer = answer?;
        world.keep(answer.receipt);
        members.push((number, Member::known_as(&Person::new(number), answer.member_id)));
    }
    members.sort_by_key(|(number, _)| *number);
    Ok(members.into_iter().map(|(_, member)| member).collect())
}

impl Member {
    fn known_as(person: &Person, id: String) -> Self {
        let pan = person.pan();
        Self {
            id,
            name: person.name(),
            email: person.email(),
            phone: person.phone(),
            birth_date: person.birth_date(),
            card_last4: pan.chars().skip(pan.len() - 4).collect(),
            password: person.password(),
            reference: person.reference(),
        }
    }
}

async fn collect_one(person: &Person, shop: &Client) -> Result<CollectMemberResponse, client::Error> {
    let request = CollectMemberRequest {
        external_reference: Some(Text::new(person.reference())),
        values: person.values(),
        ..CollectMemberRequest::default()
    };
    shop.collect_member(request).await
}
