//! Finding bytes, sixteen at a time where the machine can.

/// The index of the first byte at or after `from` that ends a plain run of a JSON string: a quote,
/// a backslash or a control character. The text's length where there is none.
#[inline(always)]
pub fn special(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(block) = text.get(at..).and_then(|rest| rest.first_chunk::<16>()) {
        let found = specials(block);
        if found != 0 {
            return at + found.trailing_zeros() as usize;
        }
        at += 16;
    }
    special_in_short(text, at)
}

/// Like [`special`], where fewer than sixteen bytes are left.
#[inline]
fn special_in_short(text: &[u8], at: usize) -> usize {
    let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) else {
        return text.len();
    };
    // What stands behind the end is plain.
    let mut block = [b' '; 16];
    let short = rest.len();
    match (rest.first_chunk::<8>(), rest.first_chunk::<4>()) {
        (Some(first), _) => {
            block[..8].copy_from_slice(first);
            block[short - 8..short].copy_from_slice(&rest[short - 8..]);
        }
        (None, Some(first)) => {
            block[..4].copy_from_slice(first);
            block[short - 4..short].copy_from_slice(&rest[short - 4..]);
        }
        _ => {
            (block[0], block[short / 2], block[short - 1]) =
                (rest[0], rest[short / 2], rest[short - 1])
        }
    }
    (at + specials(&block).trailing_zeros() as usize).min(text.len())
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use wasm::specials;

/// A bit for each byte of a block that ends a plain run.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
fn specials(block: &[u8; 16]) -> u32 {
    let ends = |byte: u8| byte == b'"' || byte == b'\\' || byte < 0x20;
    block
        .iter()
        .rev()
        .fold(0, |bits, byte| bits << 1 | u32::from(ends(*byte)))
}

/// Whether a line break stands in the text.
pub fn has_line_break(text: &[u8]) -> bool {
    let (blocks, rest) = text.as_chunks::<16>();
    blocks.iter().any(line_break) || rest.iter().any(breaks)
}

/// Marks stand in blocks of eight.
pub type Marks = [u32; 8];

/// The index of the first of the marks at or after `from` that is the one looked for.
#[inline(always)]
pub fn find(blocks: &[Marks], mark: u32, from: usize) -> Option<usize> {
    let mut index = from / 8;
    let mut found = equals(blocks.get(index)?, mark) & u32::MAX << (from % 8);
    while found == 0 {
        index += 1;
        found = equals(blocks.get(index)?, mark);
    }
    Some(index * 8 + found.trailing_zeros() as usize)
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use wasm::equals;

/// A bit for each of the marks that is the one looked for.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
fn equals(block: &Marks, mark: u32) -> u32 {
    block
        .iter()
        .rev()
        .fold(0, |bits, one| bits << 1 | u32::from(*one == mark))
}

fn breaks(byte: &u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use wasm::line_break;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
fn line_break(block: &[u8; 16]) -> bool {
    block.iter().any(breaks)
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm {
    use core::arch::wasm32::*;

    fn load(block: &[u8; 16]) -> v128 {
        // A v128 may be loaded from any address, and the block has its 16 bytes.
        unsafe { v128_load(block.as_ptr().cast()) }
    }

    #[inline(always)]
    pub fn specials(block: &[u8; 16]) -> u32 {
        let v = load(block);
        let quote = u8x16_eq(v, u8x16_splat(b'"'));
        let backslash = u8x16_eq(v, u8x16_splat(b'\\'));
        let control = u8x16_lt(v, u8x16_splat(0x20));
        u32::from(u8x16_bitmask(v128_or(v128_or(quote, backslash), control)))
    }

    #[inline(always)]
    pub fn equals(block: &super::Marks, mark: u32) -> u32 {
        let wanted = u32x4_splat(mark);
        // Both halves of the block are 16 bytes of it.
        let (low, high) = unsafe {
            let at: *const v128 = block.as_ptr().cast();
            (v128_load(at), v128_load(at.add(1)))
        };
        let low = u32::from(u32x4_bitmask(u32x4_eq(low, wanted)));
        low | u32::from(u32x4_bitmask(u32x4_eq(high, wanted))) << 4
    }

    #[inline(always)]
    pub fn line_break(block: &[u8; 16]) -> bool {
        let v = load(block);
        let feed = u8x16_eq(v, u8x16_splat(b'\n'));
        v128_any_true(v128_or(feed, u8x16_eq(v, u8x16_splat(b'\r'))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_mark_is_found_wherever_it_stands() {
        for len in 0..40 {
            for at in 0..len {
                let mut marks: Vec<Marks> = (0..5)
                    .map(|i| std::array::from_fn(|j| 100 + i * 8 + j as u32))
                    .collect();
                marks.as_flattened_mut()[at] = 7;
                marks.as_flattened_mut()[len - 1] = 7;
                assert_eq!(find(&marks, 7, 0), Some(at));
                assert_eq!(find(&marks, 7, at), Some(at));
                assert_eq!(find(&marks, 7, at + 1), (at + 1 < len).then_some(len - 1));
                assert_eq!(find(&marks, 8, 0), None);
            }
        }
    }

    #[test]
    fn the_first_special_byte_is_found_wherever_it_stands() {
        for len in 0..70 {
            for at in 0..=len {
                for byte in [b'"', b'\\', 0, 0x1f, b'\n'] {
                    let mut text = vec![b'x'; len];
                    // Bytes that only look like the ones that are looked for.
                    text.iter_mut().step_by(3).for_each(|b| *b = 0xa2);
                    if at < len {
                        text[at] = byte;
                    }
                    assert_eq!(special(&text, 0), at);
                    assert_eq!(special(&text, at), at);
                    assert_eq!(has_line_break(&text), byte == b'\n' && at < len);
                }
            }
        }
    }
}
