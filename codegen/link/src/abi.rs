//! What a finished module exports, and what it may import before it is finished. The same
//! names stand in `codegen/contract/abi.go`.

use wasmparser::ValType::{self, I32};

/// The finished module's one import.
pub const IMPORT: (&str, &str) = ("weavster", "tick");
/// What the guest imports to say that a message begins.
pub const MESSAGE_START: (&str, &str) = ("weavster", "message_start");
/// The module whose imports are replaced.
pub const WASI: &str = "wasi_snapshot_preview1";

/// The memory's export.
pub const MEMORY: &str = "memory";
/// The export of the global that bounds a message's work.
pub const LIMIT: &str = "weavster_limit";

/// A function that a flow's module has to export, with its type.
pub struct Export {
    pub name: &'static str,
    pub params: &'static [ValType],
    pub results: &'static [ValType],
}

/// The functions of the ABI, in the order in which a finished module exports them.
pub const FUNCTIONS: [Export; 6] = [
    Export {
        name: "_initialize",
        params: &[],
        results: &[],
    },
    Export {
        name: "weavster_abi",
        params: &[],
        results: &[I32],
    },
    Export {
        name: "weavster_alloc",
        params: &[I32],
        results: &[I32],
    },
    Export {
        name: "weavster_init",
        params: &[I32, I32],
        results: &[I32],
    },
    Export {
        name: "weavster_run",
        params: &[I32, I32],
        results: &[I32],
    },
    Export {
        name: "weavster_panic",
        params: &[],
        results: &[I32],
    },
];
