"""The one way in which modules are compiled.

A module that was tested is the module that is shipped, so neither `--compilation_mode` nor the target platform of a
build may change its bytes. Whatever depends on a crate for wasm does so through `wasm_profile`.
"""

_RUSTC_FLAGS = Label("@rules_rust//rust/settings:extra_rustc_flags")
_PLATFORMS = "//command_line_option:platforms"
_MODE = "//command_line_option:compilation_mode"

def _wasm_profile_impl(_settings, _attr):
    return {
        # Optimised fully, without debugging information.
        _MODE: "opt",
        _PLATFORMS: str(Label("//tools/wasm:wasi")),
        str(_RUSTC_FLAGS): [
            # One unit: the optimiser sees a crate whole, and its order doesn't depend on how many cores there are.
            "-Ccodegen-units=1",
            "-Cpanic=abort",
            "-Cstrip=symbols",
            # The scanner reads sixteen bytes at a time.
            "-Ctarget-feature=+simd128",
        ],
    }

wasm_profile = transition(
    implementation = _wasm_profile_impl,
    inputs = [],
    outputs = [_MODE, _PLATFORMS, str(_RUSTC_FLAGS)],
)

def _wasm_module_impl(ctx):
    [file] = [f for f in ctx.files.library if f.extension == "wasm"]
    ctx.actions.symlink(output = ctx.outputs.out, target_file = file)
    return [DefaultInfo(files = depset([ctx.outputs.out]))]

wasm_module = rule(
    implementation = _wasm_module_impl,
    doc = "A `rust_shared_library` compiled to wasm with the one profile.",
    attrs = {
        "library": attr.label(mandatory = True, cfg = wasm_profile, doc = "The `rust_shared_library`."),
        "out": attr.output(mandatory = True, doc = "The file's name."),
        "_allowlist_function_transition": attr.label(default = "@bazel_tools//tools/allowlists/function_transition_allowlist"),
    },
)
