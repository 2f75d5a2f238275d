"""From a flow's YAML to a Rust crate."""

load("@rules_rust//rust:rust_common.bzl", "BuildInfo")
load(":paths.bzl", "workspace_path")
load(":providers.bzl", "WeavsterCrateInfo", "WeavsterLibraryInfo")

def _table_name(file):
    return file.basename.removesuffix("." + file.extension)

def _weavster_crate_impl(ctx):
    name = ctx.attr.flow_name
    folder = "{}.crate/".format(name)
    lib = ctx.actions.declare_file(folder + "lib.rs")
    manifest = ctx.actions.declare_file(folder + "manifest.json")
    ir = ctx.actions.declare_file(folder + "ir.txt")
    lineage = ctx.actions.declare_file(folder + "lineage.json")
    rustc_args = ctx.actions.declare_file(folder + "rustc.args")
    facts = ctx.actions.declare_file(folder + "facts.json")

    # Which of the tables the flow looks up is for the compiler to find out.
    tables = ctx.actions.declare_directory(folder + "tables")

    args = ctx.actions.args()
    args.add("--name", name)
    args.add("--flow", ctx.file.src)
    args.add("--file-name", workspace_path(ctx.file.src))
    used = [target[WeavsterLibraryInfo] for target in ctx.attr.libraries]
    libraries = depset(transitive = [info.libraries for info in used]).to_list()

    # A table that both the flow and a library name is there once.
    all_tables = depset(ctx.files.tables, transitive = [info.tables for info in used]).to_list()
    for table in all_tables:
        args.add("--table", "{}={},{}".format(_table_name(table), table.path, workspace_path(table)))
    for macros in ctx.files.macros:
        args.add("--macro", "{}={},{}".format(macros.basename, macros.path, workspace_path(macros)))
    for library in libraries:
        args.add("--library", "{}={},{}".format(library.name, library.file.path, workspace_path(library.file)))
    if ctx.file.schema:
        args.add("--schema", "{}={}".format(workspace_path(ctx.file.schema), ctx.file.schema.path))
    args.add("--out", lib.dirname)

    # Those beside the flow's own file.
    given = all_tables + ctx.files.macros + [library.file for library in libraries] + ctx.files.schema
    ctx.actions.run(
        executable = ctx.executable._compiler,
        arguments = [args],
        inputs = [ctx.file.src] + given,
        outputs = [lib, manifest, ir, lineage, rustc_args, facts, tables],
        mnemonic = "WeavsterCompile",
        progress_message = "Compiling flow %{label}",
    )
    return [
        DefaultInfo(files = depset([lib])),
        # As rules_rust hands on what a build script says.
        BuildInfo(
            compile_data = depset(),
            dep_env = None,
            flags = rustc_args,
            link_search_paths = None,
            linker_flags = None,
            out_dir = None,
            rustc_env = None,
        ),
        OutputGroupInfo(tables = depset([tables])),
        WeavsterCrateInfo(
            name = name,
            facts = facts,
            given = depset(given),
            ir = ir,
            lineage = lineage,
            manifest = manifest,
            source = ctx.file.src,
            sources = depset([lib, tables]),
        ),
    ]

weavster_crate = rule(
    implementation = _weavster_crate_impl,
    doc = "Compiles a flow to a Rust crate: the default output is its root; the output group `tables` is the folder that it includes from.",
    attrs = {
        "flow_name": attr.string(mandatory = True, doc = "The flow's name."),
        "libraries": attr.label_list(
            providers = [WeavsterLibraryInfo],
            doc = "Libraries of transforms that the flow may use.",
        ),
        "macros": attr.label_list(
            allow_files = [".jinja"],
            doc = "Files of macros, which every `template:` of the flow may call by their names.",
        ),
        "schema": attr.label(
            allow_single_file = [".json", ".yaml"],
            doc = "The JSON Schema of the messages that the flow names.",
        ),
        "src": attr.label(mandatory = True, allow_single_file = [".yaml"], doc = "The flow."),
        "tables": attr.label_list(
            allow_files = [".csv", ".json", ".jsonl"],
            doc = "Lookup tables to compile in; a table's name is its file's, without the extension.",
        ),
        "_compiler": attr.label(
            default = "//codegen/cmd/flowc",
            executable = True,
            cfg = "exec",
            doc = "The compiler.",
        ),
    },
    provides = [WeavsterCrateInfo],
)
