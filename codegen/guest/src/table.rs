//! Lookup tables, in the form that `codegen/contract/table.go` describes: a row is found by a
//! perfect hash, without parsing anything.

use bumpalo::Bump;

use crate::decimal;
use crate::error::{Fail, Result};
use crate::number;
use crate::scan;
use crate::value::{Field, Raw, Value};

const HEADER: usize = 32;

/// A table.
#[derive(Clone, Copy)]
pub struct Table<'t> {
    blob: &'t [u8],
    columns: &'static [&'static str],
    /// How many columns the key has.
    parts: usize,
    buckets: u64,
    slots: u64,
    seed: u64,
}

/// A row of a table, or none.
#[derive(Clone, Copy)]
pub struct Row<'t> {
    table: Table<'t>,
    /// Where the row is, if there is one.
    at: Option<usize>,
}

impl<'t> Table<'t> {
    /// A table that the compiler or [`Table::check`] has found to be in order.
    pub fn new(blob: &'t [u8], columns: &'static [&'static str]) -> Table<'t> {
        Table {
            blob,
            columns,
            parts: word(blob, 8) as usize,
            buckets: u64::from(word(blob, 16)),
            slots: u64::from(word(blob, 20)),
            seed: long(blob, 24),
        }
    }

    /// A table that came when the flow started, or what is wrong with it.
    pub fn check(
        blob: &'t [u8],
        columns: &'static [&'static str],
    ) -> Result<Table<'t>, &'static str> {
        if blob.len() < HEADER || !blob.starts_with(b"WTB2") {
            return Err("not a table");
        }
        let table = Table::new(blob, columns);
        if word(blob, 12) as usize != columns.len() {
            return Err("another number of columns than the flow says");
        }
        let index = HEADER as u64 + 4 * (table.buckets + table.slots);
        if table.buckets == 0 || table.slots == 0 || index > blob.len() as u64 {
            return Err("the index is cut off");
        }
        for slot in 0..table.slots as usize {
            table
                .check_row(word(blob, table.slot(slot)) as usize)
                .ok_or("a row lies outside of the table, or isn't JSON")?;
        }
        Ok(table)
    }

    fn check_row(&self, row: usize) -> Option<()> {
        if row == 0 {
            return Some(());
        }
        self.text(row.checked_add(4 * self.columns.len())?)?;
        for column in 0..self.columns.len() {
            let cell = self.text(word(self.blob, row + 4 * column) as usize)?;
            std::str::from_utf8(cell).ok()?;
            (scan::check(cell).ok()?.len() == cell.len()).then_some(())?;
        }
        Some(())
    }

    /// The bytes at a place, after their length.
    #[inline]
    fn text(&self, at: usize) -> Option<&'t [u8]> {
        let rest = self.blob.get(at..)?;
        let (len, rest) = rest.split_first_chunk()?;
        rest.get(..u32::from_le_bytes(*len) as usize)
    }

    fn slot(&self, slot: usize) -> usize {
        HEADER + 4 * (self.buckets as usize + slot)
    }

    /// The row under a key: a list of its parts, where it has several.
    pub(crate) fn row(&self, bump: &'t Bump, key: Value<'t>) -> Result<Row<'t>> {
        let key = match key {
            Value::List(parts) if self.parts > 1 && parts.len() == self.parts => {
                joined(bump, parts)?
            }
            key => key_text(bump, key)?,
        };
        let at = key.and_then(|key| self.find(key));
        Ok(Row { table: *self, at })
    }

    fn find(&self, key: &[u8]) -> Option<usize> {
        let hash = mix(fnv1a(key) ^ self.seed);
        let bucket = u64::from(hash as u32) % self.buckets;
        let displacement = u64::from(word(self.blob, HEADER + 4 * bucket as usize));
        let slot = mix(hash.wrapping_add(displacement)) % self.slots;
        let row = word(self.blob, self.slot(slot as usize)) as usize;
        (row != 0 && self.text(row + 4 * self.columns.len()) == Some(key)).then_some(row)
    }
}

/// What a key, or a part of one, is compared by: text itself, a number or a boolean as it is
/// written. There is none for what is missing or null.
fn key_text<'t>(bump: &'t Bump, key: Value<'t>) -> Result<Option<&'t [u8]>> {
    let mut digits = Vec::new();
    match key {
        Value::Raw(Raw(text)) if matches!(text[0], b'0'..=b'9' | b'-' | b't' | b'f') => {
            return Ok(Some(text));
        }
        _ => match key.read(bump)? {
            Value::Missing | Value::Null => return Ok(None),
            Value::Str(text) => return Ok(Some(text.as_bytes())),
            Value::Bool(true) => return Ok(Some(b"true")),
            Value::Bool(false) => return Ok(Some(b"false")),
            Value::Int(int) => number::write_int(&mut digits, int),
            Value::Float(float) => number::write_json(&mut digits, float),
            Value::Decimal(decimal) => {
                digits.extend_from_slice(decimal.text(&mut [0; decimal::WIDTH]).as_bytes());
            }
            other => {
                let expected = "text, a number or a boolean";
                return Err(Fail::argument("lookup", expected, other.kind()));
            }
        },
    }
    Ok(Some(bump.alloc_slice_copy(&digits)))
}

/// A key of several parts, each after its length, so that no other parts give the same.
fn joined<'t>(bump: &'t Bump, parts: &[Value<'t>]) -> Result<Option<&'t [u8]>> {
    let mut key = bumpalo::collections::Vec::new_in(bump);
    for part in parts {
        let Some(text) = key_text(bump, *part)? else {
            return Ok(None);
        };
        key.extend_from_slice(&(text.len() as u32).to_le_bytes());
        key.extend_from_slice(text);
    }
    Ok(Some(key.into_bump_slice()))
}

impl<'t> Row<'t> {
    /// Whether there is such a row.
    pub fn found(&self) -> bool {
        self.at.is_some()
    }

    /// A cell, missing where there is no row.
    pub fn cell(&self, column: usize) -> Value<'t> {
        let table = &self.table;
        let text = self
            .at
            .and_then(|row| table.text(word(table.blob, row + 4 * column) as usize));
        text.map_or(Value::Missing, |text| Value::Raw(Raw(text)))
    }

    /// The row as an object, missing where there is none.
    pub(crate) fn value(&self, bump: &'t Bump) -> Value<'t> {
        if !self.found() {
            return Value::Missing;
        }
        let columns = self.table.columns.iter().enumerate();
        Value::Dict(
            bump.alloc_slice_fill_iter(columns.map(|(i, name)| Field::new(name, self.cell(i)))),
        )
    }
}

fn word(blob: &[u8], at: usize) -> u32 {
    blob[at..]
        .first_chunk()
        .map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

fn long(blob: &[u8], at: usize) -> u64 {
    blob[at..]
        .first_chunk()
        .map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// FNV-1a of 64 bits.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The 64-bit finalizer of MurmurHash3.
fn mix(mut h: u64) -> u64 {
    h = (h ^ (h >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    h = (h ^ (h >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    h ^ (h >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_of(parts: &[&str]) -> Vec<u8> {
        let [only] = parts else {
            let with_len =
                |part: &&str| [&(part.len() as u32).to_le_bytes(), part.as_bytes()].concat();
            return parts.iter().flat_map(with_len).collect();
        };
        only.as_bytes().to_vec()
    }

    /// A table with one bucket: a displacement is looked for by trying all.
    fn encode<const PARTS: usize>(rows: &[([&str; PARTS], &[&str])], columns: usize) -> Vec<u8> {
        let slots = rows.len().next_power_of_two().max(1) * 2;
        let place =
            |key: &[&str], d: u64| mix(mix(fnv1a(&key_of(key))).wrapping_add(d)) % slots as u64;
        let apart = |d: &u64| {
            let mut taken: Vec<u64> = rows.iter().map(|(key, _)| place(key, *d)).collect();
            taken.sort();
            taken.windows(2).all(|pair| pair[0] != pair[1])
        };
        let displacement = (0..).find(apart).unwrap() as usize;
        let mut blob = b"WTB2".to_vec();
        let numbers = [rows.len(), PARTS, columns, 1, slots, 0, 0, displacement];
        blob.extend(numbers.iter().flat_map(|n| (*n as u32).to_le_bytes()));
        let mut index = vec![0; slots];
        let mut heap = Vec::new();
        let base = blob.len() + 4 * slots;
        for (key, cells) in rows {
            let mut places = Vec::new();
            for cell in *cells {
                places.extend(((base + heap.len()) as u32).to_le_bytes());
                heap.extend((cell.len() as u32).to_le_bytes());
                heap.extend(cell.as_bytes());
            }
            index[place(key, displacement as u64) as usize] = (base + heap.len()) as u32;
            heap.extend(places);
            let key = key_of(key);
            heap.extend((key.len() as u32).to_le_bytes());
            heap.extend(key);
        }
        blob.extend(index.iter().flat_map(|n| n.to_le_bytes()));
        blob.extend(heap);
        blob
    }

    const COUNTRIES: &[([&str; 1], &[&str])] = &[
        (["AT"], &["\"Austria\"", "9.1"]),
        (["7"], &["null", "[1]"]),
        (["true"], &["{}", "0"]),
        ([""], &["1", "2"]),
    ];

    fn countries() -> Vec<u8> {
        encode(COUNTRIES, 2)
    }

    #[test]
    fn rows_are_found_by_text_numbers_and_booleans() {
        let blob = countries();
        let bump = Bump::new();
        let table = Table::check(&blob, &["name", "millions"]).ok().unwrap();
        let cell = |key: Value<'static>, column| match table.row(&bump, key).unwrap().cell(column) {
            Value::Raw(raw) => std::str::from_utf8(raw.0).unwrap().to_owned(),
            _ => "missing".to_owned(),
        };
        assert_eq!(cell(Value::Str("AT"), 0), "\"Austria\"");
        assert_eq!(cell(Value::constant("\"\\u0041T\""), 1), "9.1");
        assert_eq!(cell(Value::constant("7"), 1), "[1]");
        assert_eq!(cell(Value::Int(7), 0), "null");
        assert_eq!(cell(Value::constant("true"), 0), "{}");
        assert_eq!(cell(Value::Str(""), 0), "1");
        for key in [
            Value::Missing,
            Value::Null,
            Value::Str("at"),
            Value::constant("7.0"),
            Value::Bool(false),
        ] {
            assert_eq!(cell(key, 0), "missing");
        }
        assert!(table.row(&bump, Value::List(&[])).is_err());
    }

    #[test]
    fn parts_of_a_key_are_never_taken_for_others() {
        let rows: &[([&str; 2], &[&str])] = &[
            (["x", "yz"], &["1"]),
            (["xy", "z"], &["2"]),
            (["", "7"], &["3"]),
        ];
        let blob = encode(rows, 1);
        let bump = Bump::new();
        let table = Table::check(&blob, &["n"]).ok().unwrap();
        let cell = |parts: &[Value<'static>]| {
            let key = Value::List(bump.alloc_slice_copy(parts));
            match table.row(&bump, key).unwrap().cell(0) {
                Value::Raw(raw) => raw.0.to_vec(),
                _ => b"missing".to_vec(),
            }
        };
        let [x, xy] = [Value::Str("x"), Value::constant("\"xy\"")];
        assert_eq!(cell(&[x, Value::Str("yz")]), b"1");
        assert_eq!(cell(&[xy, Value::Str("z")]), b"2");
        assert_eq!(cell(&[Value::Str(""), Value::Int(7)]), b"3");
        for parts in [[xy, x], [x, Value::Missing], [Value::Null, Value::Int(7)]] {
            assert_eq!(cell(&parts), b"missing");
        }
        for wrong in [Value::List(&[]), Value::List(&[Value::Null; 3])] {
            assert!(table.row(&bump, wrong).is_err());
        }
    }

    #[test]
    fn a_row_is_an_object_with_the_columns_in_order() {
        let blob = countries();
        let bump = Bump::new();
        let row = Table::new(&blob, &["name", "millions"])
            .row(&bump, Value::Str("AT"))
            .unwrap();
        let mut out = Vec::new();
        crate::write::value(&mut out, row.value(&bump));
        assert_eq!(out, br#"{"name":"Austria","millions":9.1}"#);
    }

    #[test]
    fn an_empty_table_has_no_rows() {
        let blob = encode::<1>(&[], 1);
        let bump = Bump::new();
        assert!(
            !Table::check(&blob, &["a"])
                .ok()
                .unwrap()
                .row(&bump, Value::Str("x"))
                .unwrap()
                .found()
        );
    }

    #[test]
    fn every_cut_and_broken_offset_is_refused_or_harmless() {
        let blob = countries();
        for end in 0..blob.len() - 1 {
            assert!(
                Table::check(&blob[..end], &["name", "millions"]).is_err(),
                "{end}"
            );
        }
        assert!(Table::check(&blob, &["name"]).is_err());
        for at in 0..blob.len() {
            let mut broken = blob.clone();
            broken[at] ^= 0x81;
            if let Ok(table) = Table::check(&broken, &["name", "millions"]) {
                let bump = Bump::new();
                for ([key], _) in COUNTRIES {
                    let _ = table.row(&bump, Value::Str(key)).unwrap().value(&bump);
                }
            }
        }
    }
}
