//! What the module exports and imports. A pointer and a length travel as one
//! 64-bit number, the pointer in the upper half.

use std::alloc::{Layout, alloc, dealloc};

#[link(wasm_import_module = "weavster")]
unsafe extern "C" {
    /// Answers a function call of a template: takes JSON, gives JSON in a
    /// buffer of [`weavster_alloc`], which is then ours.
    #[link_name = "call"]
    safe fn host_call(request: *const u8, len: usize) -> u64;
}

/// A buffer of `len` bytes for a request or a function's answer. Never fails:
/// a module without memory traps.
#[unsafe(no_mangle)]
pub extern "C" fn weavster_alloc(len: usize) -> *mut u8 {
    // SAFETY: the layout isn't of size zero.
    unsafe { alloc(layout(len)) }
}

/// Takes a request in a buffer of [`weavster_alloc`] and gives the answer;
/// the request's buffer is freed, the answer's is freed by [`weavster_free`].
#[unsafe(no_mangle)]
pub extern "C" fn weavster_answer(request: *mut u8, len: usize) -> u64 {
    // SAFETY: the host wrote `len` bytes to a buffer of that length.
    let answer = crate::answer(unsafe { std::slice::from_raw_parts(request, len) }, call);
    weavster_free(request, len);
    give(&answer)
}

/// Frees a buffer of [`weavster_alloc`] or [`weavster_answer`].
#[unsafe(no_mangle)]
pub extern "C" fn weavster_free(buffer: *mut u8, len: usize) {
    // SAFETY: the buffer was allocated with this layout.
    unsafe { dealloc(buffer, layout(len)) }
}

fn call(request: &[u8]) -> Vec<u8> {
    let packed = host_call(request.as_ptr(), request.len());
    let (reply, len) = ((packed >> 32) as usize as *mut u8, packed as u32 as usize);
    // SAFETY: the host answers with a filled buffer of `weavster_alloc`.
    let copy = unsafe { std::slice::from_raw_parts(reply, len) }.to_vec();
    weavster_free(reply, len);
    copy
}

fn give(answer: &[u8]) -> u64 {
    let buffer = weavster_alloc(answer.len());
    // SAFETY: the buffer has the answer's length.
    unsafe { buffer.copy_from_nonoverlapping(answer.as_ptr(), answer.len()) };
    (buffer as u64) << 32 | answer.len() as u64
}

fn layout(len: usize) -> Layout {
    Layout::from_size_align(len.max(1), 1).expect("a length fits the address space")
}
