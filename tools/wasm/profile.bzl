"""The one way in which modules are compiled.

A module that was tested is the module that is shipped, so neither `--compilation_mode` nor the target platform of a
build may change its bytes. Rules reach a crate for wasm through `wasm_profile`, and each crate has `WASM_RUSTC_FLAGS`.
"""

# What rustc is told of each crate of a module, by an attribute: a flag of the build would also reach the tools that run
# in it, and have Bazel build those twice.
WASM_RUSTC_FLAGS = select({
    # A label, since macros use this in packages that know no such repository.
    Label("@platforms//cpu:wasm32"): [
        # One unit: the optimiser sees a crate whole, and its order doesn't depend on how many cores there are.
        "-Ccodegen-units=1",
        "-Cpanic=abort",
        "-Cstrip=symbols",
        # The scanner reads sixteen bytes at a time.
        "-Ctarget-feature=+simd128",
    ],
    "//conditions:default": [],
})

_MODE = "//command_line_option:compilation_mode"
_PLATFORMS = "//command_line_option:platforms"

def _wasm_profile_impl(_settings, _attr):
    return {
        # Optimised fully, without debugging information.
        _MODE: "opt",
        _PLATFORMS: str(Label("//tools/wasm:wasi")),
    }

wasm_profile = transition(
    implementation = _wasm_profile_impl,
    inputs = [],
    outputs = [_MODE, _PLATFORMS],
)

def _profiled_impl(ctx):
    return [DefaultInfo(files = depset([file for file in ctx.files.library if file.extension == "wasm"]))]

_profiled = rule(
    implementation = _profiled_impl,
    doc = "A `rust_shared_library` compiled with the one profile.",
    attrs = {
        "library": attr.label(mandatory = True, cfg = wasm_profile, doc = "The `rust_shared_library`."),
        "_allowlist_function_transition": attr.label(default = "@bazel_tools//tools/allowlists/function_transition_allowlist"),
    },
)

def _copied_impl(ctx):
    ctx.actions.symlink(output = ctx.outputs.out, target_file = ctx.file.module)
    return [DefaultInfo(files = depset([ctx.outputs.out]))]

_copied = rule(
    implementation = _copied_impl,
    doc = "A module under a name of one's choice.",
    attrs = {
        "module": attr.label(
            mandatory = True,
            allow_single_file = True,
            # A module is the same for every machine. Tools need it where they run and programs where they are shipped:
            # this way it is built for the former alone.
            cfg = "exec",
            doc = "The module.",
        ),
        "out": attr.output(mandatory = True, doc = "The file's name."),
    },
)

def wasm_module(name, library, out, **kwargs):
    """A `rust_shared_library`, compiled to a module that a program of ours embeds.

    Args:
      name: the target's name.
      library: the `rust_shared_library`.
      out: the file's name.
      **kwargs: attributes that every rule has.
    """
    _profiled(name = name + "_profiled", library = library, visibility = ["//visibility:private"])
    _copied(name = name, module = name + "_profiled", out = out, **kwargs)
