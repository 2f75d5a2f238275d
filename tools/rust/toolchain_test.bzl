"""Tests of what @system_rust declares."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts", "unittest")
load(":system.bzl", "parse_version")

def _key_test_impl(ctx):
    env = analysistest.begin(ctx)
    compilations = [action for action in analysistest.target_actions(env) if action.mnemonic == "Rustc"]
    asserts.equals(env, 1, len(compilations))
    inputs = [file.path for action in compilations for file in action.inputs.to_list()]

    # Elsewhere rules_rust's toolchains serve, whose compilers are inputs themselves.
    if [path for path in inputs if "system_rust" in path]:
        asserts.true(
            env,
            [path for path in inputs if path.endswith("/versions.txt")],
            "the compiler's versions aren't among the inputs of Rustc",
        )
    return analysistest.end(env)

_host_key_test = analysistest.make(_key_test_impl)
_wasm_key_test = analysistest.make(
    _key_test_impl,
    config_settings = {"//command_line_option:platforms": str(Label("//tools/wasm:wasi"))},
)

def _version_test_impl(ctx):
    env = unittest.begin(ctx)
    asserts.equals(env, (1, 97), parse_version("rustc 1.97.1 (8bab26f4f 2026-07-14)\nhost: x\nrelease: 1.97.1\nLLVM version: 22.1.8"))
    asserts.equals(env, (1, 99), parse_version("release: 1.99.0-nightly"))
    asserts.equals(env, (0, 0), parse_version("rustc: command not found"))
    asserts.equals(env, (0, 0), parse_version("release: unknown"))
    return unittest.end(env)

_version_test = unittest.make(_version_test_impl)

def toolchain_test_suite(name, crate):
    """Declares the tests.

    Args:
      name: the suite's name.
      crate: a `rust_library` that builds for the host and for wasm.
    """
    _host_key_test(name = name + "_host_key", size = "small", target_under_test = crate)
    _wasm_key_test(name = name + "_wasm_key", size = "small", target_under_test = crate)
    _version_test(name = name + "_version", size = "small")
    native.test_suite(
        name = name,
        tests = [name + suffix for suffix in ["_host_key", "_version", "_wasm_key"]],
    )
