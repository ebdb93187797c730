//! Tests of events: each is one, by its number and by its name.

use super::*;

#[test]
fn every_event_has_its_own_number_and_name() {
    for event in Event::ALL {
        assert_eq!(Event::from_number(event.number().into()), Some(event));
        assert_eq!(Event::ALL.into_iter().filter(|other| other.name() == event.name()).count(), 1);
    }
}
