//! Does everybody get through who changes or reads one and the same member at once?

use fubako_proto::v1::field_value::Value;
use fubako_proto::v1::{CorrectMemberRequest, Recipient};
use tokio::task::JoinSet;

use crate::support::callers::{ASKER, SHOP};
use crate::support::member::{hanako, slot_value, text};
use crate::support::world::{World, ask};

/// One gets through in each round, so that the last has to try as often as there are others.
const CROWD: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_sent_away_for_others_who_change_the_same_member() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let (shop, asker) = (world.client(SHOP).await, world.client(ASKER).await);
    let mut crowd = JoinSet::new();
    for number in 0..CROWD {
        let values = vec![slot_value("email", 0, Value::Email(text(&format!("hana{number}@example.jp"))))];
        let correction = CorrectMemberRequest { member_id: member.clone(), values, ..Default::default() };
        let shop = shop.clone();
        crowd.spawn(async move { shop.correct_member(correction).await.map(drop) });
        let question = ask("maintenance-notice", Recipient::marketplace(), &member, &[]);
        let asker = asker.clone();
        crowd.spawn(async move { asker.disclose(question).await.map(drop) });
    }
    while let Some(done) = crowd.join_next().await {
        done.unwrap().unwrap();
    }
}
