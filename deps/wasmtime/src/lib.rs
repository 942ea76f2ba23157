//! Re-exports the C API's symbols, so that they end up in one static library.
pub use wasmtime_c_api::*;
