//! Memory that is wiped when it is given back.
//!
//! Keys and credentials are wiped by the types that hold them. But a value, a header with a security token or a key set on
//! its way from the host also lies in buffers that belong to nobody in particular: those of the canonical ABI, of HTTP
//! messages, of a parser. Whatever is freed is zeroed, so that none of these outlives its use.
//!
//! That holds of the contents of blobs too, which are no secrets: an allocator that knew them from the rest would be unsafe code
//! of this crate's own. Since what a content comes in and goes out of is used again (see `streams`), wiping is 3 % of the
//! processor time of an upload, and nothing of a download.
//!
//! talc takes half the time of the standard library's dlmalloc, of which a call would otherwise spend a sixteenth there.

use talc::wasm::{WasmDynamicTalc, new_wasm_dynamic_allocator};
use zeroizing_alloc::ZeroAlloc;

#[global_allocator]
static MEMORY: ZeroAlloc<WasmDynamicTalc> = ZeroAlloc(new_wasm_dynamic_allocator());
