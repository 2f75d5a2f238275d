//! Objects as values: what counts where an object has two fields of one name.

use bumpalo::Bump;
use bumpalo::collections::Vec;

use crate::value::Field;

/// Up to this many fields are compared each with each.
const FEW: usize = 24;

/// The fields with each name once: in its first place, with its last value. Mostly that is the
/// list as it stands.
pub fn unique<'m>(bump: &'m Bump, fields: &'m [Field<'m>]) -> &'m [Field<'m>] {
    if fields.len() <= FEW {
        let twice = |(i, field): (usize, &Field)| fields[..i].iter().any(|f| f.name == field.name);
        if !fields.iter().enumerate().any(twice) {
            return fields;
        }
    }
    let mut order: Vec<usize> = Vec::from_iter_in(0..fields.len(), bump);
    order.sort_unstable_by_key(|i| (fields[*i].print, fields[*i].name, *i));
    let mut out: Vec<Option<Field>> =
        Vec::from_iter_in(std::iter::repeat_n(None, fields.len()), bump);
    for same in order.chunk_by(|x, y| fields[*x].name == fields[*y].name) {
        out[same[0]] = Some(match same {
            [first, .., last] => Field {
                value: fields[*last].value,
                // In the text the other value stands there.
                span: (0, 0),
                ..fields[*first]
            },
            one => fields[one[0]],
        });
    }
    Vec::from_iter_in(out.into_iter().flatten(), bump).into_bump_slice()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn the_last_value_stands_in_the_first_place() {
        let bump = Bump::new();
        let names: std::vec::Vec<String> = (0..60).map(|i| format!("f{}", i % 40)).collect();
        for len in [3, 24, 25, 60] {
            let fields: std::vec::Vec<Field> = names[..len]
                .iter()
                .enumerate()
                .map(|(i, n)| Field::new(n, Value::Int(i as i64)))
                .collect();
            let fields = bump.alloc_slice_copy(&fields);
            let found = unique(&bump, fields);
            assert_eq!(found.len(), len.min(40));
            for (i, field) in found.iter().enumerate() {
                let Value::Int(last) = field.value else {
                    panic!()
                };
                assert_eq!(field.name, names[i].as_bytes());
                assert_eq!(last as usize, if i + 40 < len { i + 40 } else { i });
            }
        }
        let twice = bump.alloc_slice_copy(&[
            Field::new("a", Value::Int(1)),
            Field::new("a", Value::Int(2)),
        ]);
        assert!(matches!(
            unique(&bump, twice),
            [Field {
                value: Value::Int(2),
                ..
            }]
        ));
    }
}
