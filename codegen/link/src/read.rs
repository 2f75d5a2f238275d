//! Takes a module apart, and refuses what a flow's module has no use for.

use wasmparser::{
    Data, Element, Export, ExternalKind, FuncType, FunctionBody, Global, MemoryType, Parser,
    Payload, RecGroup, TableType, TypeRef, Validator, WasmFeatures,
};

use crate::abi;

/// The proposals that rustc's output for wasm32-wasip1 uses and that the run time knows. All
/// others, threads and tail calls among them, are errors.
pub const FEATURES: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::CALL_INDIRECT_OVERLONG)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::BULK_MEMORY_OPT)
    .union(WasmFeatures::SIMD)
    .union(WasmFeatures::FLOATS)
    .union(WasmFeatures::GC_TYPES);

/// A function that the module imports.
pub struct Import<'a> {
    pub module: &'a str,
    pub name: &'a str,
    pub type_index: u32,
}

/// A module's parts, as they stand in the file.
#[derive(Default)]
pub struct Module<'a> {
    pub types: Vec<FuncType>,
    pub imports: Vec<Import<'a>>,
    pub functions: Vec<u32>,
    pub tables: Vec<TableType>,
    pub memories: Vec<MemoryType>,
    pub globals: Vec<Global<'a>>,
    pub exports: Vec<Export<'a>>,
    pub elements: Vec<Element<'a>>,
    pub data: Vec<Data<'a>>,
    pub bodies: Vec<FunctionBody<'a>>,
}

/// Reads and validates a module.
pub fn read(bytes: &[u8]) -> Result<Module<'_>, String> {
    Validator::new_with_features(FEATURES)
        .validate_all(bytes)
        .map_err(|e| e.to_string())?;
    let mut module = Module::default();
    for payload in Parser::new(0).parse_all(bytes) {
        module.take(payload.map_err(|e| e.to_string())?)?;
    }
    module.check()?;
    Ok(module)
}

impl<'a> Module<'a> {
    fn take(&mut self, payload: Payload<'a>) -> Result<(), String> {
        match payload {
            Payload::TypeSection(types) => {
                for group in types {
                    self.types.push(function_type(group.map_err(text)?)?);
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import.map_err(text)?;
                    let TypeRef::Func(type_index) = import.ty else {
                        return Err(format!(
                            "import {}.{} is no function",
                            import.module, import.name
                        ));
                    };
                    self.imports.push(Import {
                        module: import.module,
                        name: import.name,
                        type_index,
                    });
                }
            }
            Payload::FunctionSection(all) => self.functions = collect(all)?,
            Payload::TableSection(all) => {
                for table in all {
                    self.tables.push(table.map_err(text)?.ty);
                }
            }
            Payload::MemorySection(all) => self.memories = collect(all)?,
            Payload::GlobalSection(all) => self.globals = collect(all)?,
            Payload::ExportSection(all) => self.exports = collect(all)?,
            Payload::ElementSection(all) => self.elements = collect(all)?,
            Payload::DataSection(all) => self.data = collect(all)?,
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::StartSection { .. } => return Err("has a start section".into()),
            // Custom sections are left behind: names and producers differ from build to build.
            _ => {}
        }
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        if self.memories.len() != 1 {
            return Err(format!("has {} memories, not one", self.memories.len()));
        }
        self.check_export(abi::MEMORY, |e| e.kind == ExternalKind::Memory)?;
        for want in &abi::FUNCTIONS {
            self.check_export(want.name, |e| {
                e.kind == ExternalKind::Func
                    && self.type_of(e.index).is_some_and(|ty| {
                        ty.params() == want.params && ty.results() == want.results
                    })
            })?;
        }
        Ok(())
    }

    fn check_export(&self, name: &str, fits: impl Fn(&Export) -> bool) -> Result<(), String> {
        match self.export(name) {
            Some(export) if fits(export) => Ok(()),
            Some(_) => Err(format!("export {name} has another type than the ABI says")),
            None => Err(format!("doesn't export {name}")),
        }
    }

    /// The export of that name.
    pub fn export(&self, name: &str) -> Option<&Export<'a>> {
        self.exports.iter().find(|e| e.name == name)
    }

    /// The type of a function, imported ones included.
    pub fn type_of(&self, function: u32) -> Option<&FuncType> {
        let function = function as usize;
        let index = match self.imports.get(function) {
            Some(import) => import.type_index,
            None => *self.functions.get(function - self.imports.len())?,
        };
        self.types.get(index as usize)
    }
}

fn function_type(group: RecGroup) -> Result<FuncType, String> {
    let mut types = group.into_types();
    match (types.next(), types.next()) {
        (Some(ty), None) => match ty.composite_type.inner {
            wasmparser::CompositeInnerType::Func(f) => Ok(f),
            _ => Err("has a type that is no function".into()),
        },
        _ => Err("has recursive types".into()),
    }
}

fn collect<'a, T: wasmparser::FromReader<'a>>(
    section: wasmparser::SectionLimited<'a, T>,
) -> Result<Vec<T>, String> {
    section.into_iter().collect::<Result<_, _>>().map_err(text)
}

fn text(e: impl ToString) -> String {
    e.to_string()
}
