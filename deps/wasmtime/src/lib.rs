//! Re-exports the C API's symbols, so that they end up in one static library, and adds what it lacks: loading a precompiled
//! module where it lies, without a copy. Our own modules are part of the executable, so the kernel pages in what is used of them.
#[cfg(feature = "compiler")]
mod convention;
#[cfg(feature = "compiler")]
mod description;
#[cfg(feature = "compiler")]
mod functions;
#[cfg(feature = "compiler")]
mod section;
#[cfg(feature = "compiler")]
mod types;

use std::{io, mem, ptr::NonNull, sync::Arc};

use wasmtime::{CustomCodeMemory, Module, Result};
pub use wasmtime_c_api::*;

/// Code becomes executable by a change of protection alone, wherever it lies.
struct InPlace {
    page: usize,
}

fn protect(ptr: *const u8, len: usize, protection: i32) -> Result<()> {
    // SAFETY: the runtime hands over the text of a module, whole pages that it does not write to any more.
    match unsafe { libc::mprotect(ptr.cast_mut().cast(), len, protection) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error().into()),
    }
}

impl CustomCodeMemory for InPlace {
    fn required_alignment(&self) -> usize {
        self.page
    }
    fn publish_executable(&self, ptr: *const u8, len: usize) -> Result<()> {
        // Only where code was just written must the instruction cache hear of it; both calls do nothing on x86-64.
        #[cfg(not(target_arch = "x86_64"))]
        unsafe {
            wasmtime_internal_jit_icache_coherence::clear_cache(ptr.cast(), len)?
        };
        protect(ptr, len, libc::PROT_READ | libc::PROT_EXEC)?;
        #[cfg(not(target_arch = "x86_64"))]
        wasmtime_internal_jit_icache_coherence::pipeline_flush_mt()?;
        Ok(())
    }
    fn unpublish_executable(&self, ptr: *const u8, len: usize) -> Result<()> {
        protect(ptr, len, libc::PROT_READ)
    }
}

// The C API's types have one field each, which is private. Of equal size and alignment, a struct and its only field coincide.
const _: () = assert!(mem::size_of::<wasm_config_t>() == mem::size_of::<wasmtime::Config>());
const _: () = assert!(mem::size_of::<wasm_engine_t>() == mem::size_of::<wasmtime::Engine>());
const _: () = assert!(mem::size_of::<wasmtime_module_t>() == mem::size_of::<Module>());
const _: () = assert!(mem::align_of::<wasmtime_module_t>() == mem::align_of::<Module>());
const _: () = assert!(mem::size_of::<wasmtime_error_t>() == mem::size_of::<wasmtime::Error>());

/// Lets modules of this configuration be loaded in place.
#[unsafe(no_mangle)]
pub extern "C" fn bk_wasmtime_config_in_place_set(config: &mut wasm_config_t) {
    // SAFETY: sysconf has no preconditions.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as usize;
    // SAFETY: see the assertions above.
    let config = unsafe { &mut *(config as *mut wasm_config_t).cast::<wasmtime::Config>() };
    config.with_custom_code_memory(Some(Arc::new(InPlace { page })));
}

/// Like wasmtime_module_deserialize, without a copy: the bytes begin at a page, and stay unchanged for as long as the module lives.
///
/// # Safety
/// The bytes are what a compatible runtime has serialized.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bk_wasmtime_module_deserialize_in_place(
    engine: &wasm_engine_t,
    bytes: *mut u8,
    len: usize,
    out: &mut *mut wasmtime_module_t,
) -> Option<Box<wasmtime_error_t>> {
    // SAFETY: see the assertions above.
    let engine = unsafe { &*(engine as *const wasm_engine_t).cast::<wasmtime::Engine>() };
    let memory = NonNull::slice_from_raw_parts(NonNull::new(bytes).expect("bytes"), len);
    match unsafe { Module::deserialize_raw(engine, memory) } {
        Ok(module) => {
            *out = Box::into_raw(Box::new(module)).cast();
            None
        }
        Err(error) => Some(unsafe { Box::from_raw(Box::into_raw(Box::new(error)).cast()) }),
    }
}

/// Leaves out the map from code back to WebAssembly, an eighth of a module, which only backtraces read.
#[unsafe(no_mangle)]
pub extern "C" fn bk_wasmtime_config_address_map_set(config: &mut wasm_config_t, enable: bool) {
    // SAFETY: see the assertions above.
    let config = unsafe { &mut *(config as *mut wasm_config_t).cast::<wasmtime::Config>() };
    config.generate_address_map(enable);
}
