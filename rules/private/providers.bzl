"""What rules tell each other."""

WeavsterFlowInfo = provider(
    doc = "A compiled flow.",
    fields = {
        "build": "File: what the flow was built of and by, as JSON. `codegen/contract` describes it.",
        "given": "depset of File: tables, macros, libraries and schemas that the flow may use. `build` says which it does.",
        "image": "File: the flow's OCI image, a layout folder. `docs/artifacts.md` describes it.",
        "ir": "File: the flow's intermediate representation, as text to read.",
        "lineage": "File: where the fields of its outputs come from, as JSON. `codegen/contract` describes it.",
        "manifest": "File: what the flow needs and is, as JSON. `codegen/contract` describes it.",
        "module": "File: the finished WebAssembly module.",
        "name": "string: the flow's name.",
        "source": "File: the YAML that it was compiled from.",
    },
)

WeavsterProjectInfo = provider(
    doc = "A project.",
    fields = {
        "bundle": "File: configuration and compiled flows, a folder.",
        "contents": "struct(arguments, files): what the bundle is made of, as `//runtime/cmd/bundle` takes it.",
        "flows": "list of WeavsterFlowInfo: the project's flows.",
    },
)

WeavsterLibraryInfo = provider(
    doc = "Transforms that flows share, and those that they use.",
    fields = {
        "libraries": "depset of struct(name, file): this library and those that it uses.",
        "name": "string: the library's name.",
        "source": "File: the library's YAML.",
        "tables": "depset of File: the tables that all of them look up.",
    },
)

WeavsterCrateInfo = provider(
    doc = "A flow, compiled to Rust.",
    fields = {
        "facts": "File: which files and crates the flow uses, as JSON. `codegen/facts` describes it.",
        "given": "depset of File: tables, macros, libraries and schemas that the flow may use.",
        "ir": "File: the flow's intermediate representation, as text to read.",
        "lineage": "File: where the fields of its outputs come from.",
        "manifest": "File: the flow's manifest.",
        "name": "string: the flow's name.",
        "source": "File: the flow's YAML.",
        "sources": "depset of File: the generated crate, tables included.",
    },
)
