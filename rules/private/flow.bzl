"""From a flow's YAML to its module."""

load("@rules_rust//rust:defs.bzl", "rust_shared_library")
load("//tools/wasm:profile.bzl", "WASM_RUSTC_FLAGS", "wasm_profile")
load(":build.bzl", "flow_build")
load(":compile.bzl", "weavster_crate")
load(":contents.bzl", "BUNDLER", "contents", "pack")
load(":providers.bzl", "WeavsterCrateInfo", "WeavsterFlowInfo")

def _module_impl(ctx):
    # Both come through the one profile of modules, by a transition, so each is a list of one.
    [crate] = [target[WeavsterCrateInfo] for target in ctx.attr.crate]
    [raw] = [file for file in ctx.files.library if file.extension == "wasm"]
    module = ctx.actions.declare_file("{}.crate/flow.wasm".format(crate.name))
    ctx.actions.run(
        executable = ctx.executable._link,
        arguments = [ctx.actions.args().add(raw).add(module)],
        inputs = [raw],
        outputs = [module],
        mnemonic = "WeavsterLink",
        progress_message = "Finishing module %{label}",
    )
    return [
        DefaultInfo(files = depset([module])),
        crate,
    ]

_flow_module = rule(
    implementation = _module_impl,
    doc = "Finishes a flow's module: one import, fuel, caps.",
    attrs = {
        "crate": attr.label(
            mandatory = True,
            providers = [WeavsterCrateInfo],
            cfg = wasm_profile,
            doc = "The flow as a Rust crate.",
        ),
        "library": attr.label(
            mandatory = True,
            cfg = wasm_profile,
            doc = "The crate as a module, as rustc and wasm-ld made it.",
        ),
        "_allowlist_function_transition": attr.label(default = "@bazel_tools//tools/allowlists/function_transition_allowlist"),
        "_link": attr.label(
            default = "//codegen/link",
            executable = True,
            cfg = "exec",
            doc = "The tool that finishes modules.",
        ),
    },
    provides = [WeavsterCrateInfo],
)

def _flow_impl(ctx):
    crate = ctx.attr.module[WeavsterCrateInfo]
    module = ctx.actions.declare_file("{}.wasm".format(crate.name))
    manifest = ctx.actions.declare_file("{}.manifest.json".format(crate.name))
    build = ctx.file.build
    ctx.actions.symlink(output = module, target_file = ctx.file.module)
    ctx.actions.symlink(output = manifest, target_file = crate.manifest)
    parts = dict(
        name = crate.name,
        build = build,
        given = crate.given,
        ir = crate.ir,
        lineage = crate.lineage,
        manifest = manifest,
        module = module,
        source = crate.source,
    )
    image = ctx.actions.declare_directory("{}.image".format(crate.name))
    pack(ctx, image, contents([struct(**parts)]))
    return [
        DefaultInfo(files = depset([module, manifest, image])),
        OutputGroupInfo(
            build = depset([build]),
            image = depset([image]),
            ir = depset([crate.ir]),
            lineage = depset([crate.lineage]),
            manifest = depset([manifest]),
            module = depset([module]),
            rust = crate.sources,
        ),
        WeavsterFlowInfo(image = image, **parts),
    ]

_flow = rule(
    implementation = _flow_impl,
    doc = "A flow, compiled.",
    attrs = {
        "build": attr.label(
            mandatory = True,
            allow_single_file = True,
            cfg = "exec",
            doc = "What it was built of and by.",
        ),
        "module": attr.label(
            mandatory = True,
            allow_single_file = True,
            providers = [WeavsterCrateInfo],
            # A module is the same for every machine and in every mode, so all builds share the one for this machine.
            cfg = "exec",
            doc = "The finished module.",
        ),
        "_bundler": BUNDLER,
    },
    provides = [WeavsterFlowInfo],
)

def weavster_flow(name, src = None, tables = [], macros = [], libraries = [], schema = None, tags = [], visibility = None, **kwargs):
    """Compiles a flow to a WebAssembly module, and packs it as an OCI image.

    The outputs are `NAME.wasm`, `NAME.manifest.json` and `NAME.image`, an OCI layout folder; the output groups `rust`, `ir` and `lineage` show what the
    compiler made and found on the way: `bazel build --output_groups=ir,rust //flows:NAME`. The module's bytes hang on the flow, its tables and the
    compilers alone: not on `--compilation_mode`, nor on which workspace builds it.

    Args:
      name: the flow's name. Outputs, logs and checkpoints carry it.
      src: the flow, a `.yaml` file; by default `NAME.yaml`.
      tables: lookup tables (`.csv`, `.json`, `.jsonl`) to compile in. A table's name in the flow is its file's, without the extension.
      macros: files of macros (`.jinja`), which every `template:` of the flow may call by their names. A flow that calls none
        is the same with them and without.
      libraries: the `weavster_library` targets that the flow uses; those that they use come with them.
      schema: the JSON Schema that the flow names by its key `schema`. Fields and kinds are checked against it.
      tags: Bazel's tags.
      visibility: who may use the flow.
      **kwargs: other attributes that every rule has, such as `testonly` and `target_compatible_with`.
    """
    crate = "_{}.crate".format(name)
    library = "_{}.library".format(name)
    module = "_{}.module".format(name)
    build = "_{}.build".format(name)

    # On the way to the module: in another configuration, so that what limits the flow to platforms isn't for them.
    private = {
        "tags": tags + ["manual"],
        "testonly": kwargs.get("testonly", False),
        "visibility": ["//visibility:private"],
    }
    weavster_crate(
        name = crate,
        src = src or name + ".yaml",
        flow_name = name,
        macros = macros,
        libraries = libraries,
        schema = schema,
        tables = tables,
        **private
    )
    native.filegroup(
        name = library + ".tables",
        srcs = [crate],
        output_group = "tables",
        **private
    )
    rust_shared_library(
        name = library,
        srcs = [crate],
        compile_data = [library + ".tables"],
        crate_name = "flow_" + name.replace("-", "_").replace(".", "_"),
        edition = "2024",
        rustc_flags = WASM_RUSTC_FLAGS,
        deps = [
            # With what the compiler found out that rustc has to be told.
            crate,
            Label("//codegen/guest"),
            Label("//codegen/guest/jinja"),
            Label("//codegen/guest/jinja_regex"),
            Label("//codegen/guest/regex"),
        ],
        **private
    )
    _flow_module(
        name = module,
        crate = crate,
        library = library,
        **private
    )
    flow_build(
        name = build,
        crate = crate,
        library = library,
        **private
    )
    _flow(
        name = name,
        build = build,
        module = module,
        tags = tags,
        visibility = visibility,
        **kwargs
    )
