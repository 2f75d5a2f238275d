"""A C++ toolchain that compiles nothing, where one has to be registered but is never run."""

load("@bazel_tools//tools/cpp:cc_toolchain_config_lib.bzl", "tool_path")

_TOOLS = ["ar", "cpp", "gcc", "gcov", "ld", "nm", "objdump", "strip"]

def _no_cc_toolchain_config_impl(ctx):
    return cc_common.create_cc_toolchain_config_info(
        ctx = ctx,
        abi_libc_version = "unknown",
        abi_version = "unknown",
        compiler = "none",
        host_system_name = "local",
        target_cpu = "wasm32",
        target_libc = "wasi",
        target_system_name = "wasm32-wasip1",
        tool_paths = [tool_path(name = name, path = "/usr/bin/false") for name in _TOOLS],
        toolchain_identifier = "wasi-none",
    )

no_cc_toolchain_config = rule(
    implementation = _no_cc_toolchain_config_impl,
    doc = "The configuration of a C++ toolchain all of whose tools fail.",
    attrs = {},
    provides = [CcToolchainConfigInfo],
)
