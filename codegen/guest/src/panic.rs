//! The last words of a module. They are bounded, and hold no field's value: of a message that is
//! put together only the place is told.

use std::alloc::{GlobalAlloc, Layout, System};
use std::fmt::{self, Write};
use std::panic::PanicHookInfo;

use crate::abi::Only;
use crate::result::{Text, address};

/// The most bytes that a text has.
const LIMIT: usize = 512;
/// What a text begins with if memory was exhausted.
const MEMORY: &str = "memory: no more can be had";

struct Words {
    bytes: [u8; LIMIT],
    len: usize,
    text: Text,
}

impl Default for Words {
    fn default() -> Words {
        Words {
            bytes: [0; LIMIT],
            len: 0,
            text: Text { at: 0, len: 0 },
        }
    }
}

static WORDS: Only<Words> = Only::new();

impl Words {
    fn say(&mut self, said: &str) {
        let mut end = said.len().min(LIMIT - self.len);
        while !said.is_char_boundary(end) {
            end -= 1;
        }
        self.bytes[self.len..self.len + end].copy_from_slice(&said.as_bytes()[..end]);
        self.len += end;
    }
}

impl fmt::Write for Words {
    fn write_str(&mut self, said: &str) -> fmt::Result {
        self.say(said);
        Ok(())
    }
}

/// Keeps panics' messages for [`text`].
pub fn install() {
    std::panic::set_hook(Box::new(|info| WORDS.with(|words| describe(words, info))));
}

fn describe(words: &mut Words, info: &PanicHookInfo) {
    // Whoever can't get memory panics, and the memory is the cause.
    if words.len > 0 {
        return;
    }
    words.say(info.payload().downcast_ref::<&str>().unwrap_or(&"a panic"));
    if let Some(place) = info.location() {
        // Words take all that fits them, so that this doesn't fail. It allocates nothing.
        let _ = write!(words, " at {}:{}", place.file(), place.line());
    }
}

/// The address of a text with the last panic's message.
pub fn text() -> u32 {
    WORDS.with(|words| {
        words.text = Text {
            at: address(words.bytes.as_ptr()),
            len: words.len as u32,
        };
        address(&raw const words.text)
    })
}

/// The system's allocator, which says so when there is no more memory.
pub struct Noting;

// It is the system's allocator in all that it promises.
unsafe impl GlobalAlloc for Noting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(unsafe { System.realloc(pointer, layout, size) })
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[inline(always)]
fn note(pointer: *mut u8) -> *mut u8 {
    if pointer.is_null() {
        exhausted();
    }
    pointer
}

#[cold]
fn exhausted() {
    WORDS.with(|words| {
        words.len = 0;
        words.say(MEMORY);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_bounded_and_whole_characters() {
        let mut words = Words::default();
        for _ in 0..400 {
            words.say("é.");
        }
        assert!(words.len <= LIMIT && words.len > LIMIT - 3);
        assert!(std::str::from_utf8(&words.bytes[..words.len]).is_ok());
    }
}
