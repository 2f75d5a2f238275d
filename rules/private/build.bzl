"""What a flow was built of and by: its build.json."""

load("@rules_rust//rust:rust_common.bzl", "TestCrateInfo")
load("//tools/wasm:profile.bzl", "wasm_profile")
load(":providers.bzl", "WeavsterCrateInfo")

_RUST = "@rules_rust//rust:toolchain_type"

# Any target of @crates tells that repository's name.
_CRATES = Label("@crates//:crates.json").workspace_name

def _crate(info):
    """How codegen/facts names a crate: in @crates, its folder is NAME-VERSION."""
    if info.owner.workspace_name == _CRATES:
        return info.owner.package.split("/")[-1]
    return info.name

def linked_crates(library):
    """The crates that each dependency of a library links, itself among them.

    Args:
      library: a `rust_shared_library`.

    Returns:
      A dictionary of lists, by the dependency's name.
    """
    return {
        dep.crate_info.name: [
            _crate(info)
            for info in depset([dep.crate_info], transitive = [dep.dep_info.transitive_crates]).to_list()
            # Macros run in the compiler.
            if info.type != "proc-macro"
        ]
        for dep in library[TestCrateInfo].crate.deps.to_list()
        if dep.crate_info
    }

def ask_compilers(args, toolchain):
    """Adds where the compilers' versions are to be had from.

    Args:
      args: the arguments of `//codegen/cmd/buildfacts`.
      toolchain: Rust's.

    Returns:
      The inputs for that, a depset of File.
    """
    files = toolchain.rustc_lib.to_list()
    written = [file for file in files if file.basename == "versions.txt"]
    if written:
        args.add("--versions", written[0])
        return depset(written)

    # rules_rust's own toolchains are inputs of the build, and can be run.
    args.add("--rustc", toolchain.rustc)
    args.add_all("--lld", [file for file in files if file.basename in ["rust-lld", "rust-lld.exe"]])
    return depset([toolchain.rustc], transitive = [toolchain.rustc_lib])

def _flow_build_impl(ctx):
    crate = ctx.attr.crate[WeavsterCrateInfo]
    linked = ctx.actions.declare_file("{}.crate/linked.json".format(crate.name))
    ctx.actions.write(linked, json.encode(linked_crates(ctx.attr.library)))
    build = ctx.actions.declare_file("{}.crate/build.json".format(crate.name))
    args = ctx.actions.args()
    args.add("--target", "//{}:{}".format(ctx.label.package, crate.name))
    args.add("--flow", crate.facts)
    args.add("--linked", linked)
    args.add("--crates", ctx.file._crates)
    args.add("--out", build)
    asked = ask_compilers(args, ctx.toolchains[_RUST])
    ctx.actions.run(
        executable = ctx.executable._tool,
        arguments = [args],
        inputs = depset([crate.facts, linked, ctx.file._crates], transitive = [asked]),
        outputs = [build],
        mnemonic = "WeavsterBuildFacts",
        progress_message = "Telling how %{label} is built",
    )
    return [DefaultInfo(files = depset([build]))]

flow_build = rule(
    implementation = _flow_build_impl,
    doc = "Writes a flow's build.json.",
    # For the toolchain that compiles modules.
    cfg = wasm_profile,
    attrs = {
        "crate": attr.label(mandatory = True, providers = [WeavsterCrateInfo], doc = "The flow as a Rust crate."),
        "library": attr.label(
            mandatory = True,
            providers = [TestCrateInfo],
            doc = "The crate as a module, as rustc and wasm-ld made it.",
        ),
        "_allowlist_function_transition": attr.label(default = "@bazel_tools//tools/allowlists/function_transition_allowlist"),
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
    toolchains = [_RUST],
)
