//! A shorter description of a module of our own.
//!
//! Beside its code a compiled module carries a description, which the runtime decodes whenever it loads the module: for every function its type and where it
//! lies, and every type, which it registers, hashed and compared. Most of that is for the compiler alone. Functions that are only called by name were
//! checked and bound when the module was compiled; while it runs, the runtime looks up those that go through the table and those that are exported. So the
//! description is written anew without the rest. It stays one of a valid module, and the code stays as it is.
use wasmtime_environ::{BuiltinFunctionIndex, CompiledFunctionsTable, CompiledModuleInfo, FuncKey, ModuleStartup, ModuleTypes, obj};

use crate::functions::Kept;
use crate::section;
use crate::types;

type Description = (CompiledModuleInfo, CompiledFunctionsTable, ModuleTypes);

fn shorter(wasm: &[u8], (mut info, index, all): Description) -> Option<Description> {
    /* By this one code asks for a function by its number, and the numbers change. */
    if index.func_loc(FuncKey::WasmToBuiltinTrampoline(BuiltinFunctionIndex::ref_func())).is_some() {
        return None;
    }
    let needed = types::needed(&info.module, wasm)?;
    let types = types::shorter(&all, &needed)?;
    if let ModuleStartup::Always(ty) | ModuleStartup::IfMemoriesNeedInit(ty) = &mut info.module.startup {
        *ty = types::same(&types, all.get(ty.as_module_type_index()?)?)?;
    }
    /* The compiler's numbers for the types, and names for backtraces, which nobody reads. */
    info.module.types.clear();
    info.func_names.clear();
    let kept = Kept::of(&info.module);
    let index = kept.index(&info.module, &index, &types)?;
    kept.renumber(&mut info.module)?;
    Some((info, index, types))
}

fn rewrite(wasm: &[u8], bytes: &mut [u8]) -> Option<()> {
    let section = section::find(bytes, obj::ELF_WASMTIME_INFO)?;
    let changed = postcard::to_allocvec(&shorter(wasm, postcard::from_bytes(section).ok()?)?).ok()?;
    /* The reader stops where the last value ends. */
    section.get_mut(..changed.len())?.copy_from_slice(&changed);
    section[changed.len()..].fill(0);
    Some(())
}

/// Shortens the description of a serialized module that was compiled from `wasm`. False: it is not what was expected, and unchanged.
///
/// # Safety
/// The ranges are readable, the second one writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bk_wasmtime_serialized_shorten(wasm: *const u8, wasm_len: usize, bytes: *mut u8, len: usize) -> bool {
    let (wasm, bytes) = unsafe { (std::slice::from_raw_parts(wasm, wasm_len), std::slice::from_raw_parts_mut(bytes, len)) };
    rewrite(wasm, bytes).is_some()
}
