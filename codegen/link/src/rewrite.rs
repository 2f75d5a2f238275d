//! Puts the finished module together.

use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{
    CodeSection, DataSection, ElementSection, EntityType, ExportKind, ExportSection, Function,
    FunctionSection, GlobalSection, ImportSection, Instruction, MemorySection, MemoryType,
    TableSection, TypeSection,
};
use wasmparser::{Operator, Validator};

use crate::read::{FEATURES, Module};
use crate::{abi, fuel, read, wasi};

/// The finished module for what the linker made, with a memory of at most `pages`.
pub fn finish(input: &[u8], pages: u64) -> Result<Vec<u8>, String> {
    let module = read::read(input)?;
    let output = Rewrite::new(&module, pages)?.module()?;
    // The result is checked by the same validator that the input passed.
    Validator::new_with_features(FEATURES)
        .validate_all(&output)
        .map_err(|e| format!("the finished module isn't valid: {e}"))?;
    Ok(output)
}

/// Where things of the old module are in the new one.
struct Rewrite<'m, 'a> {
    old: &'m Module<'a>,
    pages: u64,
    types: Types,
    /// The new index of each imported function.
    imported: Vec<u32>,
    /// The replacements of WASI imports, with their types.
    replacements: Vec<(u32, Function)>,
}

impl<'m, 'a> Rewrite<'m, 'a> {
    fn new(old: &'m Module<'a>, pages: u64) -> Result<Self, String> {
        let mut rewrite = Rewrite {
            old,
            pages,
            types: Types::new(old),
            imported: Vec::new(),
            replacements: Vec::new(),
        };
        for import in &old.imports {
            let index = rewrite.replace(import)?;
            rewrite.imported.push(index);
        }
        Ok(rewrite)
    }

    /// The new index of an import, or why there may be no such import.
    fn replace(&mut self, import: &read::Import) -> Result<u32, String> {
        let ty = &self.old.types[import.type_index as usize];
        if (import.module, import.name) == abi::MESSAGE_START {
            return match (ty.params(), ty.results()) {
                ([], []) => Ok(fuel::MESSAGE_START),
                _ => Err("import weavster.message_start takes and gives nothing".into()),
            };
        }
        if import.module != abi::WASI {
            return Err(format!(
                "imports {}.{}, which flows can't",
                import.module, import.name
            ));
        }
        let index = fuel::HELPERS + self.replacements.len() as u32;
        self.replacements
            .push((import.type_index, wasi::replacement(import.name, ty)?));
        Ok(index)
    }

    fn module(mut self) -> Result<Vec<u8>, String> {
        let mut out = wasm_encoder::Module::new();
        out.section(&self.type_section()?);
        out.section(&self.import_section());
        out.section(&self.function_section());
        if let Some(tables) = self.table_section()? {
            out.section(&tables);
        }
        out.section(&self.memory_section()?);
        out.section(&self.global_section()?);
        out.section(&self.export_section());
        if let Some(elements) = self.element_section()? {
            out.section(&elements);
        }
        out.section(&self.code_section()?);
        out.section(&self.data_section()?);
        Ok(out.finish())
    }

    fn type_section(&mut self) -> Result<TypeSection, String> {
        let mut section = TypeSection::new();
        for ty in self.old.types.iter().chain(&self.types.added) {
            let ty = Indices(&self.imported, self.first())
                .func_type(ty.clone())
                .map_err(text)?;
            section.ty().func_type(&ty);
        }
        Ok(section)
    }

    fn import_section(&self) -> ImportSection {
        let mut section = ImportSection::new();
        section.import(
            abi::IMPORT.0,
            abi::IMPORT.1,
            EntityType::Function(self.types.nothing),
        );
        section
    }

    fn function_section(&self) -> FunctionSection {
        let mut section = FunctionSection::new();
        section
            .function(self.types.nothing)
            .function(self.types.nothing);
        section.function(self.types.bulk).function(self.types.bulk);
        for (ty, _) in &self.replacements {
            section.function(*ty);
        }
        for ty in &self.old.functions {
            section.function(*ty);
        }
        section
    }

    fn table_section(&self) -> Result<Option<TableSection>, String> {
        let mut section = TableSection::new();
        for table in &self.old.tables {
            let mut ty = self.indices().table_type(*table).map_err(text)?;
            ty.maximum = Some(ty.minimum);
            section.table(ty);
        }
        Ok((!section.is_empty()).then_some(section))
    }

    fn memory_section(&self) -> Result<MemorySection, String> {
        let minimum = self.old.memories[0].initial;
        if minimum > self.pages {
            return Err(format!(
                "needs {minimum} pages of memory, more than {}",
                self.pages
            ));
        }
        let mut section = MemorySection::new();
        section.memory(MemoryType {
            minimum,
            maximum: Some(self.pages),
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        Ok(section)
    }

    fn global_section(&self) -> Result<GlobalSection, String> {
        let mut section = GlobalSection::new();
        fuel::globals(&mut section);
        for global in &self.old.globals {
            self.indices()
                .parse_global(&mut section, global.clone())
                .map_err(text)?;
        }
        Ok(section)
    }

    fn export_section(&self) -> ExportSection {
        let mut section = ExportSection::new();
        section.export(abi::MEMORY, ExportKind::Memory, 0);
        for want in &abi::FUNCTIONS {
            if let Some(export) = self.old.export(want.name) {
                section.export(want.name, ExportKind::Func, self.function(export.index));
            }
        }
        section.export(abi::LIMIT, ExportKind::Global, fuel::LIMIT);
        section
    }

    fn element_section(&self) -> Result<Option<ElementSection>, String> {
        let mut section = ElementSection::new();
        for element in &self.old.elements {
            if !matches!(element.kind, wasmparser::ElementKind::Active { .. }) {
                return Err("has an element segment that isn't active".into());
            }
            self.indices()
                .parse_element(&mut section, element.clone())
                .map_err(text)?;
        }
        Ok((!section.is_empty()).then_some(section))
    }

    fn data_section(&self) -> Result<DataSection, String> {
        let mut section = DataSection::new();
        for data in &self.old.data {
            if !matches!(data.kind, wasmparser::DataKind::Active { .. }) {
                return Err("has a data segment that isn't active".into());
            }
            self.indices()
                .parse_data(&mut section, data.clone())
                .map_err(text)?;
        }
        Ok(section)
    }

    fn code_section(&self) -> Result<CodeSection, String> {
        let mut section = CodeSection::new();
        section
            .function(&fuel::refuel())
            .function(&fuel::message_start());
        section
            .function(&fuel::bulk(fuel::COPY))
            .function(&fuel::bulk(fuel::FILL));
        for (_, replacement) in &self.replacements {
            section.function(replacement);
        }
        for body in &self.old.bodies {
            section.function(&self.body(body)?);
        }
        Ok(section)
    }

    fn body(&self, body: &wasmparser::FunctionBody) -> Result<Function, String> {
        let mut indices = self.indices();
        let mut f = indices
            .new_function_with_parsed_locals(body)
            .map_err(text)?;
        fuel::check(&mut f);
        for operator in body.get_operators_reader().map_err(text)? {
            let operator = operator.map_err(text)?;
            check_operator(&operator)?;
            match operator {
                Operator::MemoryCopy { .. } => f.instruction(&Instruction::Call(fuel::COPY)),
                Operator::MemoryFill { .. } => f.instruction(&Instruction::Call(fuel::FILL)),
                _ => f.instruction(&indices.instruction(operator.clone()).map_err(text)?),
            };
            if matches!(operator, Operator::Loop { .. }) {
                fuel::check(&mut f);
            }
        }
        Ok(f)
    }

    fn function(&self, old: u32) -> u32 {
        self.indices().new_function(old)
    }

    /// The new index of the first function that isn't a helper or a replacement.
    fn first(&self) -> u32 {
        fuel::HELPERS + self.replacements.len() as u32
    }

    fn indices(&self) -> Indices<'_> {
        Indices(&self.imported, self.first())
    }
}

/// The cost of these isn't bounded by the count of instructions, or they change tables.
fn check_operator(operator: &Operator) -> Result<(), String> {
    use Operator::*;
    match operator {
        MemoryInit { .. }
        | DataDrop { .. }
        | TableInit { .. }
        | TableCopy { .. }
        | TableFill { .. }
        | TableGrow { .. }
        | TableSet { .. }
        | ElemDrop { .. } => Err(format!("uses {operator:?}, which flows can't")),
        _ => Ok(()),
    }
}

/// The two types that the helpers need, which the module mostly has already.
struct Types {
    added: Vec<wasmparser::FuncType>,
    nothing: u32,
    bulk: u32,
}

impl Types {
    fn new(old: &Module) -> Types {
        use wasmparser::{FuncType, ValType::I32};
        let mut types = Types {
            added: Vec::new(),
            nothing: 0,
            bulk: 0,
        };
        types.nothing = types.index(old, FuncType::new([], []));
        types.bulk = types.index(old, FuncType::new([I32, I32, I32], []));
        types
    }

    fn index(&mut self, old: &Module, ty: wasmparser::FuncType) -> u32 {
        if let Some(found) = old.types.iter().position(|t| *t == ty) {
            return found as u32;
        }
        self.added.push(ty);
        (old.types.len() + self.added.len() - 1) as u32
    }
}

/// Renumbers functions and globals: where each import went, and where the first own function is.
struct Indices<'r>(&'r [u32], u32);

impl Indices<'_> {
    fn new_function(&self, old: u32) -> u32 {
        match self.0.get(old as usize) {
            Some(new) => *new,
            None => old - self.0.len() as u32 + self.1,
        }
    }
}

impl Reencode for Indices<'_> {
    type Error = Infallible;

    fn function_index(&mut self, old: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.new_function(old))
    }

    fn global_index(&mut self, old: u32) -> Result<u32, Error<Infallible>> {
        Ok(old + fuel::GLOBALS)
    }
}

fn text(e: impl ToString) -> String {
    e.to_string()
}
