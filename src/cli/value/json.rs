//! JSON that says each thing once: a name given twice in one object is refused, where most readers keep the last.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Any JSON in which no object names a part twice; what it says is not kept.
struct SaidOnce;

/// Refuses a text that is no JSON, or in which an object names a part twice.
pub(super) fn check(text: &str) -> Result<(), serde_json::Error> {
    serde_json::from_str::<SaidOnce>(text).map(|SaidOnce| ())
}

impl<'de> Deserialize<'de> for SaidOnce {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Once)
    }
}

struct Once;

impl<'de> Visitor<'de> for Once {
    type Value = SaidOnce;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut parts: A) -> Result<SaidOnce, A::Error> {
        let mut names: Vec<String> = Vec::new();
        while let Some(name) = parts.next_key::<String>()? {
            if names.contains(&name) {
                return Err(A::Error::custom(format_args!("`{name}` is given twice")));
            }
            names.push(name);
            parts.next_value::<SaidOnce>()?;
        }
        Ok(SaidOnce)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<SaidOnce, A::Error> {
        while items.next_element::<SaidOnce>()?.is_some() {}
        Ok(SaidOnce)
    }

    fn visit_bool<E>(self, _: bool) -> Result<SaidOnce, E> {
        Ok(SaidOnce)
    }

    fn visit_i64<E>(self, _: i64) -> Result<SaidOnce, E> {
        Ok(SaidOnce)
    }

    fn visit_u64<E>(self, _: u64) -> Result<SaidOnce, E> {
        Ok(SaidOnce)
    }

    fn visit_f64<E>(self, _: f64) -> Result<SaidOnce, E> {
        Ok(SaidOnce)
    }

    fn visit_str<E>(self, _: &str) -> Result<SaidOnce, E> {
        Ok(SaidOnce)
    }

    fn visit_unit<E>(self) -> Result<SaidOnce, E> {
        Ok(SaidOnce)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn json_that_says_each_thing_once_passes() {
        for text in [r#"{"a":{"b":1,"c":[{"b":2},{"b":-3.5}]},"b":null}"#, "[]", "true", r#""a""#] {
            assert!(check(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_part_given_twice_is_refused_at_any_depth_with_its_line_and_without_its_value() {
        for text in [
            "{\"phone\": \"+81 3\",\n \"phone\": \"+81 4\"}",
            "[[{\"x\":{\"phone\":1,\n\"phone\":1}}]]",
            "{\"phone\":1,\n\"\\u0070hone\":2}",
        ] {
            let problem = check(text).map_err(|error| error.to_string()).unwrap_err();
            assert!(problem.starts_with("`phone` is given twice at line 2"), "{problem}");
        }
    }
}
