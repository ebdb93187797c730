//! Columns: which value of a member each column of a CSV file holds, as its heading says.

use std::collections::BTreeMap;

use csv::StringRecord;
use fubako_proto::v1::PolicyField;
use serde_json::{Map, Value};

use crate::cli::error::Error;
use crate::cli::value::read::MemberFile;

/// The columns of a file, in order.
pub(super) struct Columns(Vec<Column>);

/// What a column holds: `id`, `reference`, `source`, `field`, `field.part`, `field@slot` or `field@slot.part`.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Column {
    Id,
    Reference,
    Source,
    Value { field: String, slot: usize, part: Option<String> },
}

impl Columns {
    /// The columns a heading names; a name that stands there twice, or for no field of the policy, is refused.
    pub(super) fn of(heading: &StringRecord, fields: &[PolicyField]) -> Result<Self, Error> {
        let mut columns: Vec<Column> = Vec::new();
        for name in heading {
            let column = column(name.trim(), fields)?;
            if columns.contains(&column) {
                return Err(refused(format!("the column `{name}` is there twice")));
            }
            columns.push(column);
        }
        Ok(Self(columns))
    }

    /// The member of a row; an empty cell is no value.
    pub(super) fn member(&self, row: &StringRecord) -> Result<MemberFile, Error> {
        if row.len() != self.0.len() {
            let why = format!("the row has {} cells, and the heading {}", row.len(), self.0.len());
            return Err(refused(why));
        }
        let (mut id, mut reference, mut source) = (None, None, None);
        let mut fields: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (column, cell) in self.0.iter().zip(row).filter(|(_, cell)| !cell.is_empty()) {
            match column {
                Column::Id => id = Some(cell.to_owned()),
                Column::Reference => reference = Some(cell.to_owned()),
                Column::Source => source = Some(cell.to_owned()),
                Column::Value { field, slot, part } => {
                    let slots = fields.entry(field.clone()).or_default();
                    slots.resize(slots.len().max(slot + 1), Value::Null);
                    if let Some(value) = slots.get_mut(*slot) {
                        put(value, part.as_deref(), cell)?;
                    }
                }
            }
        }
        let fields = fields.into_iter().map(|(field, slots)| (field, Value::Array(slots))).collect();
        Ok(MemberFile::of(id, reference, source, fields))
    }
}

fn column(name: &str, fields: &[PolicyField]) -> Result<Column, Error> {
    match name {
        "id" => return Ok(Column::Id),
        "reference" => return Ok(Column::Reference),
        "source" => return Ok(Column::Source),
        _ => {}
    }
    let (place, part) = name.split_once('.').map_or((name, None), |(place, part)| (place, Some(part.to_owned())));
    let (field, slot) = place.split_once('@').map_or((place, Some(0)), |(field, slot)| (field, slot.parse().ok()));
    let slot = slot.filter(|slot| *slot < MOST_SLOTS);
    let slot =
        slot.ok_or_else(|| refused(format!("the column `{name}` names no slot; write one such as `address@1`")))?;
    if !fields.iter().any(|known| known.name == field) {
        let known: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        let why = format!("the column `{name}` is for no field of the policy, which has {}", known.join(", "));
        return Err(refused(why));
    }
    Ok(Column::Value { field: field.to_owned(), slot, part })
}

/// Puts a cell where its column says; lines of a cell are a list, where the part is called `lines`.
fn put(value: &mut Value, part: Option<&str>, cell: &str) -> Result<(), Error> {
    let Some(part) = part else {
        *value = Value::from(cell);
        return Ok(());
    };
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    let parts =
        value.as_object_mut().ok_or_else(|| refused(format!("a value is given both whole and by its `{part}`")))?;
    let content = if part == "lines" { cell.lines().map(Value::from).collect() } else { Value::from(cell) };
    parts.insert(part.to_owned(), content);
    Ok(())
}

fn refused(why: String) -> Error {
    Error::argument("the members' file", why)
}

/// More slots than a request may fill.
const MOST_SLOTS: usize = 64;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn fields() -> Vec<PolicyField> {
        [("name", "person-name"), ("email", "email"), ("address", "postal-address")]
            .map(|(name, kind)| PolicyField { name: name.to_owned(), kind: kind.to_owned(), ..PolicyField::default() })
            .into()
    }

    fn columns(heading: &[&str]) -> Result<Columns, String> {
        Columns::of(&StringRecord::from(heading.to_vec()), &fields()).map_err(|error| error.to_string())
    }

    #[test]
    fn cells_become_the_values_their_columns_name() {
        let columns =
            columns(&["reference", "email", "address.country", "address.lines", "address@1.country"]).unwrap();
        let row = |cells: &[&str]| columns.member(&StringRecord::from(cells.to_vec())).unwrap();
        let member = row(&["c-1", "a@example.jp", "JP", "1-2-3\nRoom 4", "DE"]);
        assert_eq!(member.reference.as_deref(), Some("c-1"));
        let places = |member: &MemberFile| {
            let values = member.values(&fields(), "import").unwrap();
            values.into_iter().map(|value| (value.field.clone(), value.slot)).collect::<Vec<_>>()
        };
        let address = |slot| ("address".to_owned(), slot);
        assert_eq!(places(&member), [address(0), address(1), ("email".to_owned(), 0)]);
        assert_eq!(places(&row(&["", "", "", "", "DE"])), [address(1)], "an empty cell is no value, and moves none");
    }

    #[test]
    fn a_heading_that_cannot_be_understood_is_refused_with_its_name() {
        for (heading, told) in [
            (["email", "email"], "`email` is there twice"),
            (["email", "fax"], "`fax` is for no field"),
            (["email", "address@x.country"], "`address@x.country` names no slot"),
            (["email", "address@64"], "`address@64` names no slot"),
        ] {
            let problem = columns(&heading).err().unwrap();
            assert!(problem.contains(told), "{problem}");
        }
    }

    #[test]
    fn a_row_that_is_short_or_says_a_value_twice_is_refused_without_its_values() {
        let columns = columns(&["email", "name", "name.family"]).unwrap();
        for cells in [&["a@example.jp"][..], &["a@example.jp", "Hana Mori", "Mori"]] {
            let problem = columns.member(&StringRecord::from(cells.to_vec())).err().unwrap().to_string();
            assert!(!problem.contains("Mori") && !problem.contains("example"), "{problem}");
        }
    }
}
