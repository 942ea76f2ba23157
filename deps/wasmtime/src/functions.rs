//! The functions that the runtime looks up: imported ones, and those that escape, which is to say that they stand in the table or are exported.
//!
//! They get numbers of their own, in the order that they had. Numbers of functions stand in the table, in exports, and in the keys of places in the code;
//! compiled code knows none.
use wasmtime_environ::collections::TryPrimaryMap;
use wasmtime_environ::packed_option::ReservedValue;
use wasmtime_environ::{
    Abi, CompiledFunctionsTable, CompiledFunctionsTableBuilder, EntityIndex, EntityRef, FilePos, FuncIndex, FuncKey, Module, ModuleTypes,
};

/// The old numbers, ascending: where a number stands is the new one.
pub struct Kept(Vec<FuncIndex>);

impl Kept {
    pub fn of(module: &Module) -> Self {
        let kept = module.functions.iter().filter(|(i, function)| module.is_imported_function(*i) || function.is_escaping());
        Self(kept.map(|(i, _)| i).collect())
    }

    fn new_of(&self, old: FuncIndex) -> Option<FuncIndex> {
        if old.is_reserved_value() {
            return Some(old);
        }
        self.0.binary_search(&old).ok().map(FuncIndex::new)
    }

    /// Where the code of the functions lies, and how it is entered from outside. The other keys are of no use at run time: the code has its ways to the runtime
    /// bound into it.
    pub fn index(&self, module: &Module, all: &CompiledFunctionsTable, types: &ModuleTypes) -> Option<CompiledFunctionsTable> {
        let number = module.module_index;
        let mut keys = Vec::new();
        for (new, old) in self.0.iter().enumerate().skip(module.num_imported_funcs) {
            let (old, new) = (module.defined_func_index(*old)?, module.defined_func_index(FuncIndex::new(new))?);
            keys.push((FuncKey::DefinedWasmFunction(number, new), FuncKey::DefinedWasmFunction(number, old)));
            keys.push((FuncKey::ArrayToWasmTrampoline(number, new), FuncKey::ArrayToWasmTrampoline(number, old)));
        }
        let same = types.trampoline_types().map(|(_, ty)| FuncKey::WasmToArrayTrampoline(ty));
        let startup = [Abi::Wasm, Abi::Array].map(|abi| FuncKey::ModuleStartup(abi, number)).into_iter().filter(|_| !module.startup.is_none());
        keys.extend(same.chain(startup).map(|key| (key, key)));
        keys.sort();
        let mut ret = CompiledFunctionsTableBuilder::new();
        for (new, old) in keys {
            /* Backtraces tell places in the source, which nobody reads. */
            let source = if let FuncKey::DefinedWasmFunction(..) = new { FilePos::new(0) } else { FilePos::none() };
            ret.push_func(new, *all.func_loc(old)?, source);
        }
        Some(ret.finish())
    }

    pub fn renumber(&self, module: &mut Module) -> Option<()> {
        let mut functions = TryPrimaryMap::new();
        for (old, function) in std::mem::take(&mut module.functions) {
            if self.new_of(old).is_some() {
                functions.push(function).ok()?;
            }
        }
        module.functions = functions;
        for function in module.table_initialization.values_mut().flat_map(|table| table.iter_mut()) {
            *function = self.new_of(*function)?;
        }
        for entity in module.exports.values_mut() {
            if let EntityIndex::Function(function) = entity {
                *function = self.new_of(*function)?;
            }
        }
        Some(())
    }
}
