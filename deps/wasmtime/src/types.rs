//! Fewer types to register when a module is loaded.
//!
//! The runtime registers every function type of a module, hashed and compared, which takes a third of the time of loading ours. What a type is for while
//! the module runs is the check of a call through the table, and of what is imported and exported. Functions that are only called by name were
//! checked when the module was compiled. So the types behind the last one that can be asked for are taken out, and functions of theirs say that they
//! are of the first, which nobody looks at. The numbers of the others stay: compiled code names types by them.
use wasmtime_environ::packed_option::ReservedValue;
use wasmtime_environ::wasmparser::{Operator, Parser, Payload, TypeRef};
use wasmtime_environ::{
    CompiledFunctionsTable, CompiledModuleInfo, EngineOrModuleTypeIndex, EntityIndex, Module, ModuleInternedTypeIndex, ModuleStartup, ModuleTypes, TypeIndex,
    WasmCompositeInnerType, obj,
};

use crate::section;

/// The greatest number of a type so far, plus one.
struct Last(u32);

impl Last {
    fn see(&mut self, index: EngineOrModuleTypeIndex) -> Option<()> {
        self.0 = self.0.max(index.as_module_type_index()?.as_u32() + 1);
        Some(())
    }
}

/// Types that instructions name for what they do at run time. None: there is an instruction about types that is not known here.
fn named_by_code(module: &Module, wasm: &[u8], last: &mut Last) -> Option<()> {
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.ok()? {
            Payload::CodeSectionEntry(body) => {
                for operator in body.get_operators_reader().ok()? {
                    match operator.ok()? {
                        Operator::CallIndirect { type_index, .. } => last.see(module.types[TypeIndex::from_u32(type_index)])?,
                        Operator::ReturnCallIndirect { .. } | Operator::CallRef { .. } | Operator::ReturnCallRef { .. } | Operator::RefFunc { .. } => {
                            return None;
                        }
                        _ => (),
                    }
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let TypeRef::Func(_) = import.ok()?.ty else { return None };
                }
            }
            Payload::TagSection(_) => return None,
            _ => (),
        }
    }
    Some(())
}

fn needed(module: &Module, wasm: &[u8]) -> Option<u32> {
    let mut last = Last(1);
    for (index, function) in module.functions.iter() {
        if index.as_u32() as usize >= module.num_imported_funcs && function.func_ref.is_reserved_value() {
            continue;
        }
        last.see(function.signature)?;
    }
    for entity in module.exports.values() {
        if let EntityIndex::Function(index) = entity {
            last.see(module.functions[*index].signature)?;
        }
    }
    named_by_code(module, wasm, &mut last)?;
    Some(last.0)
}

/// The first n of the types, if each is a function's that names no other.
fn first(types: &ModuleTypes, n: u32) -> Option<ModuleTypes> {
    let mut ret = ModuleTypes::default();
    for i in 0..n {
        let index = ModuleInternedTypeIndex::from_u32(i);
        let ty = types.get(index)?;
        let WasmCompositeInnerType::Func(_) = ty.composite_type.inner else { return None };
        if ty.supertype.is_some() || types.trampoline_type(index) != index {
            return None;
        }
        let start = ret.push(postcard::from_bytes(&postcard::to_allocvec(ty).ok()?).ok()?);
        ret.push_rec_group(start..ret.next_ty());
        ret.set_trampoline_type(start, start);
    }
    Some(ret)
}

/// A type among the first n that is equal: the compiler's own, of the function that prepares an instance, stands at the end.
fn same(types: &ModuleTypes, index: EngineOrModuleTypeIndex, n: u32) -> Option<EngineOrModuleTypeIndex> {
    let ty = types.get(index.as_module_type_index()?)?;
    types.wasm_types().find(|(i, t)| i.as_u32() < n && *t == ty).map(|(i, _)| EngineOrModuleTypeIndex::Module(i))
}

fn rewrite(wasm: &[u8], bytes: &mut [u8]) -> Option<()> {
    let section = section::find(bytes, obj::ELF_WASMTIME_INFO)?;
    let (mut info, index, all): (CompiledModuleInfo, CompiledFunctionsTable, ModuleTypes) = postcard::from_bytes(section).ok()?;
    let n = needed(&info.module, wasm)?;
    let types = first(&all, n)?;
    let none = EngineOrModuleTypeIndex::Module(ModuleInternedTypeIndex::from_u32(0));
    let taken = |index: EngineOrModuleTypeIndex| index.as_module_type_index().is_some_and(|i| i.as_u32() >= n);
    for (_, function) in info.module.functions.iter_mut() {
        if taken(function.signature) {
            function.signature = none;
        }
    }
    for (_, ty) in info.module.types.iter_mut() {
        if taken(*ty) {
            *ty = none;
        }
    }
    if let ModuleStartup::Always(ty) | ModuleStartup::IfMemoriesNeedInit(ty) = &mut info.module.startup {
        *ty = same(&all, *ty, n)?;
    }
    let changed = postcard::to_allocvec(&(info, index, types)).ok()?;
    /* The reader stops where the last value ends. */
    section.get_mut(..changed.len())?.copy_from_slice(&changed);
    section[changed.len()..].fill(0);
    Some(())
}

/// Takes what is never asked for out of the types of a serialized module that was compiled from `wasm`. False: it is not what was expected, and unchanged.
///
/// # Safety
/// The ranges are readable, the second one writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bk_wasmtime_serialized_fewer_types(wasm: *const u8, wasm_len: usize, bytes: *mut u8, len: usize) -> bool {
    let (wasm, bytes) = unsafe { (std::slice::from_raw_parts(wasm, wasm_len), std::slice::from_raw_parts_mut(bytes, len)) };
    rewrite(wasm, bytes).is_some()
}
