//! One engine for the modules of both compilers.
//!
//! The fast compiler passes arguments between WebAssembly functions in a way of its own, and a module says which way it was compiled for; an
//! engine loads one kind. The way shows only where functions of two modules call each other. Ours never do: what calls in and what is called outside
//! goes through entries that each module brings along, the same for both. So a module of the fast compiler may say that it is of the usual kind.
use serde_derive::{Deserialize, Serialize};
use wasmtime_environ::{FlagValue, Tunables, obj};

use crate::section;

/// What a serialized module says about its compiler, after a byte of version and the runtime's version with its length.
#[derive(Serialize, Deserialize)]
struct Metadata<'a> {
    target: &'a str,
    #[serde(borrow)]
    shared_flags: Vec<(&'a str, FlagValue<'a>)>,
    #[serde(borrow)]
    isa_flags: Vec<(&'a str, FlagValue<'a>)>,
    tunables: Tunables,
    features: u64,
}

fn rewrite(bytes: &mut [u8]) -> Option<()> {
    let section = section::find(bytes, obj::ELF_WASM_ENGINE)?;
    let skip = 2 + usize::from(*section.get(1)?);
    let metadata = section.get_mut(skip..)?;
    let mut parsed: Metadata = postcard::from_bytes(metadata).ok()?;
    parsed.tunables.winch_callable = false;
    let changed = postcard::to_allocvec(&parsed).ok()?;
    if changed.len() != metadata.len() {
        return None;
    }
    metadata.copy_from_slice(&changed);
    Some(())
}

/// Makes a serialized module of the fast compiler one that the usual engine loads. False: it is not what was expected, and unchanged.
///
/// # Safety
/// The range is readable and writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bk_wasmtime_serialized_unify(bytes: *mut u8, len: usize) -> bool {
    rewrite(unsafe { std::slice::from_raw_parts_mut(bytes, len) }).is_some()
}
