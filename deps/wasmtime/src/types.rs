//! The types that something asks for at run time: calls through the table, functions that go through it or are exported, imports.
//!
//! Those behind the last one are left out. The numbers of the others stay, since compiled code names types by them; what is not needed among them becomes
//! the shortest type there is.
use wasmtime_environ::wasmparser::{Operator, Parser, Payload, TypeRef};
use wasmtime_environ::{
    EngineOrModuleTypeIndex, EntityIndex, Module, ModuleInternedTypeIndex, ModuleTypes, TypeIndex, WasmCompositeInnerType, WasmCompositeType,
    WasmFuncType, WasmSubType, WasmValType,
};

#[derive(Clone, Copy, PartialEq)]
enum Need {
    None,
    Code,
    Import,
}

/// What each type is needed for.
pub struct Needed(Vec<Need>);

impl Needed {
    fn see(&mut self, index: EngineOrModuleTypeIndex, need: Need) -> Option<()> {
        let index = index.as_module_type_index()?.as_u32() as usize;
        if self.0.len() <= index {
            self.0.resize(index + 1, Need::None);
        }
        if self.0[index] != Need::Import {
            self.0[index] = need;
        }
        Some(())
    }
}

/// Types that instructions name for what they do at run time. None: there is an instruction about types that is not known here.
fn named_by_code(module: &Module, wasm: &[u8], needed: &mut Needed) -> Option<()> {
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.ok()? {
            Payload::CodeSectionEntry(body) => {
                for operator in body.get_operators_reader().ok()? {
                    match operator.ok()? {
                        Operator::CallIndirect { type_index, .. } => needed.see(module.types[TypeIndex::from_u32(type_index)], Need::Code)?,
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

pub fn needed(module: &Module, wasm: &[u8]) -> Option<Needed> {
    let mut needed = Needed(Vec::new());
    for (index, function) in module.functions.iter() {
        if module.is_imported_function(index) {
            needed.see(function.signature, Need::Import)?;
        } else if function.is_escaping() {
            needed.see(function.signature, Need::Code)?;
        }
    }
    for entity in module.exports.values() {
        if let EntityIndex::Function(index) = entity {
            needed.see(module.functions[*index].signature, Need::Code)?;
        }
    }
    named_by_code(module, wasm, &mut needed)?;
    Some(needed)
}

/// A function's type that names no other.
fn plain(function: WasmFuncType) -> WasmSubType {
    WasmSubType { is_final: true, supertype: None, composite_type: WasmCompositeType { inner: WasmCompositeInnerType::Func(function), shared: false } }
}

fn copy(ty: &WasmSubType) -> Option<WasmSubType> {
    let WasmCompositeInnerType::Func(function) = &ty.composite_type.inner else { return None };
    if function.params().iter().chain(function.results()).any(|value| matches!(value, WasmValType::Ref(_))) {
        return None;
    }
    let copy = plain(WasmFuncType::new(function.params().iter().copied(), function.results().iter().copied()).ok()?);
    (copy == *ty).then_some(copy)
}

/// The types as far as they are needed. Types of imports are compared with those of the host's functions, each by itself, and have a way from the code to
/// the host. All others are compared with each other only: those in between form groups, each of which is registered in one step.
pub fn shorter(all: &ModuleTypes, needed: &Needed) -> Option<ModuleTypes> {
    let mut ret = ModuleTypes::default();
    let mut group = ret.next_ty();
    for (i, need) in needed.0.iter().enumerate() {
        let old = ModuleInternedTypeIndex::from_u32(i as u32);
        let ty = match need {
            Need::None => plain(WasmFuncType::new([], []).ok()?),
            _ => copy(all.get(old)?)?,
        };
        let alone = *need == Need::Import;
        if alone && group != ret.next_ty() {
            ret.push_rec_group(group..ret.next_ty());
        }
        let index = ret.push(ty);
        if alone {
            if all.trampoline_type(old) != old {
                return None;
            }
            ret.set_trampoline_type(index, index);
            ret.push_rec_group(index..ret.next_ty());
            group = ret.next_ty();
        }
    }
    if group != ret.next_ty() {
        ret.push_rec_group(group..ret.next_ty());
    }
    Some(ret)
}

/// One among the types that is equal: the compiler's own, of the function that prepares an instance, stands at the end of all.
pub fn same(types: &ModuleTypes, ty: &WasmSubType) -> Option<EngineOrModuleTypeIndex> {
    types.wasm_types().find(|(_, other)| *other == ty).map(|(i, _)| EngineOrModuleTypeIndex::Module(i))
}
