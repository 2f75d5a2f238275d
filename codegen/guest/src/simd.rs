//! Finding bytes, sixteen at a time where the machine can.

/// The index of the first byte at or after `from` that ends a plain run of a JSON string: a quote,
/// a backslash or a control character. The text's length where there is none.
#[inline(always)]
pub fn special(text: &[u8], from: usize) -> usize {
    let mut at = from;
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    while let Some(block) = text.get(at..).and_then(|rest| rest.first_chunk::<16>()) {
        let found = wasm::special(block);
        if found != 0 {
            return at + found.trailing_zeros() as usize;
        }
        at += 16;
    }
    while let Some(&byte) = text.get(at) {
        if byte == b'"' || byte == b'\\' || byte < 0x20 {
            break;
        }
        at += 1;
    }
    at
}

/// Whether a line break stands in the text.
pub fn has_line_break(text: &[u8]) -> bool {
    let (blocks, rest) = text.as_chunks::<16>();
    blocks.iter().any(line_break) || rest.iter().any(breaks)
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
    pub fn special(block: &[u8; 16]) -> u16 {
        let v = load(block);
        let quote = u8x16_eq(v, u8x16_splat(b'"'));
        let backslash = u8x16_eq(v, u8x16_splat(b'\\'));
        let control = u8x16_lt(v, u8x16_splat(0x20));
        u8x16_bitmask(v128_or(v128_or(quote, backslash), control))
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
