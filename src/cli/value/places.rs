//! Places of values: what a request calls `values[3].card.pan`, and who wrote it `card.pan`.

use fubako_proto::client;
use fubako_proto::v1::SlotValue;

use crate::cli::view::place;

/// The values of a request, by the names their writer gave them.
pub(in crate::cli) struct Places(Vec<String>);

impl Places {
    /// The places of these values.
    pub(in crate::cli) fn of(values: &[SlotValue]) -> Self {
        Self(values.iter().map(|value| place(&value.field, value.slot)).collect())
    }

    /// The failure, with what is at fault called as its writer did.
    pub(in crate::cli) fn name(&self, error: client::Error) -> client::Error {
        error.rename_arguments(|path| self.written(path))
    }

    fn written(&self, path: &str) -> Option<String> {
        let (number, rest) = path.strip_prefix("values[")?.split_once(']')?;
        let written = self.0.get(number.parse::<usize>().ok()?)?;
        match rest.strip_prefix('.').unwrap_or(rest).split_once('.') {
            _ if rest == ".source" => Some("source".to_owned()),
            // The first word is the sort of value, which the field says already.
            Some((_, part)) => Some(format!("{written}.{part}")),
            None => Some(written.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_at_fault_is_called_as_its_writer_did() {
        let value = |field: &str, slot| SlotValue { field: field.to_owned(), slot, ..SlotValue::default() };
        let places = Places::of(&[value("nickname", 0), value("card", 0), value("address", 2)]);
        for (path, written) in [
            ("values[0].text", Some("nickname")),
            ("values[0].value", Some("nickname")),
            ("values[1].card.pan", Some("card.pan")),
            ("values[2].address.lines", Some("address@2.lines")),
            ("values[2].source", Some("source")),
            ("values[7].text", None),
            ("values", None),
            ("member_id", None),
        ] {
            assert_eq!(places.written(path).as_deref(), written, "{path}");
        }
    }
}
