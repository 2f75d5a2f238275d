"""What a Go program of ours was built of and by: its build.json."""

load("@rules_go//go:def.bzl", "GoArchive")
load("@rules_license//rules:providers.bzl", "PackageInfo")
load("@rules_rust//rust:rust_common.bzl", "TestCrateInfo")
load("//tools/wasm:profile.bzl", "wasm_profile")
load(":build.bzl", "ask_compilers", "linked_crates")

_GO = "@rules_go//go:toolchain"
_RUST = "@rules_rust//rust:toolchain_type"

# Packages that rules_go adds to what it builds, of its own.
_RULES_GO = Label("@rules_go//go:def.bzl").workspace_name

_GoModulesInfo = provider(
    doc = "Go modules that a target may be linked with.",
    fields = {"modules": "depset of struct(path, version)."},
)

def _targets(ctx, name):
    value = getattr(ctx.rule.attr, name, None)
    return value if type(value) == "list" else [value] if value else []

def _go_modules_impl(_target, ctx):
    # gazelle states of each module's repository what it fetched. go.mod isn't asked: a workspace that uses this one may
    # have had a newer version chosen.
    modules = [
        struct(path = package[PackageInfo].package_name, version = "v" + package[PackageInfo].package_version)
        for package in _targets(ctx, "package_metadata") + _targets(ctx, "applicable_licenses")
        if PackageInfo in package
    ]
    below = [dep for name in _LINKS for dep in _targets(ctx, name) if _GoModulesInfo in dep]
    return [_GoModulesInfo(modules = depset(modules, transitive = [dep[_GoModulesInfo].modules for dep in below]))]

_LINKS = ["deps", "embed", "target"]

_go_modules = aspect(
    implementation = _go_modules_impl,
    attr_aspects = _LINKS,
    doc = "Finds the modules of Go packages.",
)

_WasmInfo = provider(
    doc = "A Rust library as a module.",
    fields = {
        "linked": "dict: the crates of each library that it calls.",
        "toolchain": "ToolchainInfo: what compiled it.",
    },
)

def _wasm_crates_impl(ctx):
    return [_WasmInfo(linked = linked_crates(ctx.attr.library), toolchain = ctx.toolchains[_RUST])]

wasm_crates = rule(
    implementation = _wasm_crates_impl,
    doc = "Tells `program_facts` what a module that the program embeds was built of.",
    # For the toolchain that compiles modules.
    cfg = wasm_profile,
    attrs = {
        "library": attr.label(mandatory = True, providers = [TestCrateInfo], doc = "The `rust_shared_library`."),
        "_allowlist_function_transition": attr.label(default = "@bazel_tools//tools/allowlists/function_transition_allowlist"),
    },
    toolchains = [_RUST],
)

def _packages(ctx):
    """Import paths of what is linked, but for Weavster's own."""
    own = [ctx.label.workspace_name, _RULES_GO]
    archives = depset(transitive = [program[GoArchive].transitive for program in ctx.attr.programs + ctx.attr.data])
    return {archive.importpath: None for archive in archives.to_list() if archive.label.workspace_name not in own}.keys()

def _program_facts_impl(ctx):
    go = ctx.actions.declare_file(ctx.label.name + ".go.json")
    modules = depset(transitive = [program[_GoModulesInfo].modules for program in ctx.attr.programs + ctx.attr.data])
    ctx.actions.write(go, json.encode(struct(
        packages = _packages(ctx),
        modules = modules.to_list(),
        version = ctx.toolchains[_GO].sdk.version,
    )))
    wasm = ctx.attr.wasm[_WasmInfo]
    linked = ctx.actions.declare_file(ctx.label.name + ".linked.json")
    ctx.actions.write(linked, json.encode(wasm.linked))
    build = ctx.actions.declare_file(ctx.label.name + "/build.json")
    args = ctx.actions.args()
    args.add("--program", ctx.attr.program)
    args.add("--target", "//{}:{}".format(ctx.label.package, ctx.attr.image))
    args.add("--go", go)
    args.add("--go-sum", ctx.file.go_sum)
    args.add("--linked", linked)
    args.add("--crates", ctx.file._crates)
    args.add("--out", build)
    asked = ask_compilers(args, wasm.toolchain)
    ctx.actions.run(
        executable = ctx.executable._tool,
        arguments = [args],
        inputs = depset([go, linked, ctx.file.go_sum, ctx.file._crates], transitive = [asked]),
        outputs = [build],
        mnemonic = "WeavsterProgramFacts",
        progress_message = "Telling how %{label} is built",
    )
    return [DefaultInfo(files = depset([build]))]

program_facts = rule(
    implementation = _program_facts_impl,
    doc = """Writes the build.json of a program: which Go modules and crates it is linked with, and what compiled it.

rules_go writes nothing of that into programs. Programs for several platforms have one list: what any of them links.""",
    attrs = {
        "data": attr.label_list(
            providers = [GoArchive],
            aspects = [_go_modules],
            doc = "Go packages that aren't linked, and whose contents lie beside the program in the image.",
        ),
        "go_sum": attr.label(mandatory = True, allow_single_file = True, doc = "The sums of modules: go.sum."),
        "image": attr.string(mandatory = True, doc = "The image's name, in this package."),
        "program": attr.string(mandatory = True, doc = "The program's name."),
        "programs": attr.label_list(
            mandatory = True,
            providers = [GoArchive],
            aspects = [_go_modules],
            doc = "The program, for each of its platforms.",
        ),
        "wasm": attr.label(mandatory = True, providers = [_WasmInfo], doc = "The `wasm_crates` of the module that it embeds."),
        "_crates": attr.label(
            default = "@crates//:crates.json",
            allow_single_file = True,
            doc = "What Cargo.lock and the crates state.",
        ),
        "_tool": attr.label(
            default = "//codegen/cmd/buildfacts",
            executable = True,
            cfg = "exec",
            doc = "The program that puts the facts together.",
        ),
    },
    toolchains = [_GO],
)
