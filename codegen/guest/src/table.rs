//! Lookup tables, in the form that `codegen/contract/table.go` describes: a row is found by a
//! perfect hash, without parsing anything.

use bumpalo::Bump;

use crate::decimal;
use crate::error::{Fail, Result};
use crate::number;
use crate::scan;
use crate::value::{Field, Raw, Value};

const HEADER: usize = 32;
const SLOT: usize = 12;
const EMPTY: u32 = 0xffff_ffff;

/// A table.
#[derive(Clone, Copy)]
pub struct Table<'t> {
    blob: &'t [u8],
    columns: &'static [&'static str],
    buckets: u64,
    slots: u64,
    seed: u64,
}

/// A row of a table, or none.
#[derive(Clone, Copy)]
pub struct Row<'t> {
    table: Table<'t>,
    /// Where the row's cells are listed, if there is a row.
    cells: Option<usize>,
}

impl<'t> Table<'t> {
    /// A table that the compiler or [`Table::check`] has found to be in order.
    pub fn new(blob: &'t [u8], columns: &'static [&'static str]) -> Table<'t> {
        let (buckets, slots) = (u64::from(word(blob, 12)), u64::from(word(blob, 16)));
        Table {
            blob,
            columns,
            buckets,
            slots,
            seed: long(blob, 24),
        }
    }

    /// A table that came when the flow started, or what is wrong with it.
    pub fn check(
        blob: &'t [u8],
        columns: &'static [&'static str],
    ) -> Result<Table<'t>, &'static str> {
        if blob.len() < HEADER || !blob.starts_with(b"WTB1") {
            return Err("not a table");
        }
        let table = Table::new(blob, columns);
        if word(blob, 8) as usize != columns.len() {
            return Err("another number of columns than the flow says");
        }
        let index = HEADER as u64 + table.buckets * 4 + table.slots * SLOT as u64;
        if table.buckets == 0 || table.slots == 0 || index > blob.len() as u64 {
            return Err("the index is cut off");
        }
        for slot in 0..table.slots as usize {
            table
                .check_slot(slot)
                .ok_or("a row lies outside of the table, or isn't JSON")?;
        }
        Ok(table)
    }

    fn check_slot(&self, slot: usize) -> Option<()> {
        let at = self.slot(slot);
        let (key, len) = (word(self.blob, at) as usize, word(self.blob, at + 4));
        if len == EMPTY {
            return Some(());
        }
        self.blob.get(key..key.checked_add(len as usize)?)?;
        let cells = word(self.blob, at + 8) as usize;
        self.blob
            .get(cells..cells.checked_add(4 * (self.columns.len() + 1))?)?;
        for column in 0..self.columns.len() {
            let start = word(self.blob, cells + 4 * column) as usize;
            let end = word(self.blob, cells + 4 * column + 4) as usize;
            let cell = self.blob.get(start..end)?;
            std::str::from_utf8(cell).ok()?;
            (scan::check(cell).ok()?.len() == cell.len()).then_some(())?;
        }
        Some(())
    }

    fn slot(&self, slot: usize) -> usize {
        HEADER + 4 * self.buckets as usize + SLOT * slot
    }

    /// The row under a key.
    pub(crate) fn row(&self, bump: &'t Bump, key: Value<'t>) -> Result<Row<'t>> {
        let mut digits = Vec::new();
        let text = match key {
            // Numbers and booleans, as they are written.
            Value::Raw(Raw(text)) if matches!(text[0], b'0'..=b'9' | b'-' | b't' | b'f') => text,
            _ => match key.read(bump)? {
                Value::Missing | Value::Null => {
                    return Ok(Row {
                        table: *self,
                        cells: None,
                    });
                }
                Value::Str(text) => text.as_bytes(),
                Value::Bool(true) => b"true",
                Value::Bool(false) => b"false",
                Value::Int(int) => {
                    number::write_int(&mut digits, int);
                    &digits
                }
                Value::Float(float) => {
                    number::write_json(&mut digits, float);
                    &digits
                }
                Value::Decimal(d) => {
                    digits.extend_from_slice(d.text(&mut [0; decimal::WIDTH]).as_bytes());
                    &digits
                }
                other => {
                    return Err(Fail::argument(
                        "lookup",
                        "text, a number or a boolean",
                        other.kind(),
                    ));
                }
            },
        };
        Ok(Row {
            table: *self,
            cells: self.find(text),
        })
    }

    fn find(&self, key: &[u8]) -> Option<usize> {
        let hash = mix(fnv1a(key) ^ self.seed);
        let bucket = u64::from(hash as u32) % self.buckets;
        let displacement = u64::from(word(self.blob, HEADER + 4 * bucket as usize));
        let slot = mix(hash.wrapping_add(displacement)) % self.slots;
        let at = self.slot(slot as usize);
        let (start, len) = (word(self.blob, at) as usize, word(self.blob, at + 4));
        if len == EMPTY || len as usize != key.len() || &self.blob[start..start + key.len()] != key
        {
            return None;
        }
        Some(word(self.blob, at + 8) as usize)
    }
}

impl<'t> Row<'t> {
    /// Whether there is such a row.
    pub fn found(&self) -> bool {
        self.cells.is_some()
    }

    /// A cell, missing where there is no row.
    pub fn cell(&self, column: usize) -> Value<'t> {
        let Some(cells) = self.cells else {
            return Value::Missing;
        };
        let blob = self.table.blob;
        let start = word(blob, cells + 4 * column) as usize;
        let end = word(blob, cells + 4 * column + 4) as usize;
        Value::Raw(Raw(&blob[start..end]))
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

    /// A table with one bucket: a displacement is looked for by trying all.
    fn encode(rows: &[(&str, &[&str])], columns: usize) -> Vec<u8> {
        let slots = rows.len().next_power_of_two().max(1) * 2;
        let place =
            |key: &str, d: u64| mix(mix(fnv1a(key.as_bytes())).wrapping_add(d)) % slots as u64;
        let apart = |d: &u64| {
            let mut taken: Vec<u64> = rows.iter().map(|(key, _)| place(key, *d)).collect();
            taken.sort();
            taken.windows(2).all(|pair| pair[0] != pair[1])
        };
        let displacement = (0..).find(apart).unwrap();
        let mut blob = b"WTB1".to_vec();
        for n in [
            rows.len(),
            columns,
            1,
            slots,
            0,
            0,
            0,
            displacement as usize,
        ] {
            blob.extend((n as u32).to_le_bytes());
        }
        let mut index = vec![[0, EMPTY, 0]; slots];
        let mut heap = Vec::new();
        let base = blob.len() + SLOT * slots;
        for (key, cells) in rows {
            let start = base + heap.len();
            heap.extend(key.as_bytes());
            let list = base + heap.len();
            let mut at = list + 4 * (columns + 1);
            for len in cells.iter().map(|c| c.len()).chain([0]) {
                heap.extend((at as u32).to_le_bytes());
                at += len;
            }
            cells.iter().for_each(|c| heap.extend(c.as_bytes()));
            index[place(key, displacement) as usize] =
                [start as u32, key.len() as u32, list as u32];
        }
        blob.extend(index.iter().flatten().flat_map(|n| n.to_le_bytes()));
        blob.extend(heap);
        blob
    }

    const COUNTRIES: &[(&str, &[&str])] = &[
        ("AT", &["\"Austria\"", "9.1"]),
        ("7", &["null", "[1]"]),
        ("true", &["{}", "0"]),
        ("", &["1", "2"]),
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
        let blob = encode(&[], 1);
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
                for (key, _) in COUNTRIES {
                    let _ = table.row(&bump, Value::Str(key)).unwrap().value(&bump);
                }
            }
        }
    }
}
