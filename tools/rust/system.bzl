"""Rust toolchains from a rustc that is installed on the machine.

In the toolchain root that `tools/bazel` makes there is a rustc with the standard libraries of the host and of
wasm32-wasip1, and wasm-ld. Where they are, this extension declares toolchains of them; MODULE.bazel registers those
before rules_rust's own, whose downloads are then never fetched. Elsewhere it declares none.
"""

# The first rustc that knows the 2024 edition.
_MIN_VERSION = (1, 85)

_HOST = "x86_64-unknown-linux-gnu"
_WASM = "wasm32-wasip1"

def _stdout(rctx, *command):
    result = rctx.execute(command)
    return result.stdout.strip() if result.return_code == 0 else ""

def parse_version(text):
    """The release in what `rustc -vV` prints.

    Args:
      text: the output of `rustc -vV`.

    Returns:
      (major, minor), or (0, 0) where the text states no release.
    """
    for line in text.splitlines():
        key, _, value = line.partition(": ")
        numbers = value.split(".")
        if key == "release" and len(numbers) >= 2 and numbers[0].isdigit() and numbers[1].isdigit():
            return (int(numbers[0]), int(numbers[1]))
    return (0, 0)

def _find(rctx):
    """The installed compiler, or None where it can't build both for the host and for wasm."""
    tools = {name: rctx.which(name) for name in ["rustc", "rustdoc", "rustfmt", "clippy-driver", "cargo-clippy", "cargo", "wasm-ld"]}
    if None in tools.values():
        return None
    version = _stdout(rctx, tools["rustc"], "-vV")
    if parse_version(version) < _MIN_VERSION or "host: " + _HOST not in version.splitlines():
        return None
    sysroot = rctx.path(_stdout(rctx, tools["rustc"], "--print", "sysroot"))
    for target in [_HOST, _WASM]:
        if not sysroot.get_child("lib").get_child("rustlib").get_child(target).get_child("lib").exists:
            return None
    return struct(
        sysroot = sysroot,
        tools = tools,
        # The compiler's libraries (LLVM among them) and the linker lie outside of the declared inputs. This text is an
        # input of each Rust action in their place, so that a new compiler is never served from an old one's cache.
        versions = "{}\n{}\n".format(version, _stdout(rctx, tools["wasm-ld"], "--version")),
    )

def _system_rust_impl(rctx):
    found = _find(rctx)
    if not found:
        rctx.file("BUILD.bazel", "# This machine has no Rust for wasm32-wasip1; rules_rust's own toolchains serve.\n")
        return

    # A package manager that updates the compiler replaces these; Bazel then runs this rule again.
    for name in ["rustc", "wasm-ld"]:
        rctx.watch(found.tools[name].realpath)
    for name, path in found.tools.items():
        rctx.symlink(path, "bin/" + name)
    rctx.symlink(found.sysroot.get_child("lib").get_child("rustlib"), "lib/rustlib")
    rctx.file("lib/versions.txt", found.versions)
    rctx.template("BUILD.bazel", rctx.attr._build, {
        "{host}": _HOST,
        "{rustc}": str(found.tools["rustc"]),
        "{stable_rustc}": str(rctx.attr._stable_rustc),
        "{wasm_ld}": str(found.tools["wasm-ld"]),
        "{wasm}": _WASM,
    })

_system_rust = repository_rule(
    implementation = _system_rust_impl,
    doc = "Toolchains of the installed rustc, where it serves; otherwise an empty repository.",
    attrs = {
        "_build": attr.label(default = "//tools/rust:system.BUILD", doc = "The BUILD file of the repository."),
        "_stable_rustc": attr.label(default = "//tools/rust/stable:rustc", doc = "What the wasm toolchain runs as rustc."),
    },
    environ = ["PATH"],
)

def _extension_impl(mctx):
    _system_rust(name = "system_rust")
    return mctx.extension_metadata(reproducible = True)

system_rust = module_extension(
    implementation = _extension_impl,
    doc = "Makes @system_rust, whose toolchains MODULE.bazel registers.",
)
