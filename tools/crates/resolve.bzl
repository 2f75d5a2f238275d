"""From what `cargo metadata` prints to BUILD files. Pure functions: resolve_test.bzl tests them."""

# In which of a crate's targets the library is; other kinds (bin, test, example, bench) are of no use to others.
_LIBRARY_KINDS = ["lib", "rlib", "dylib", "cdylib", "staticlib", "proc-macro"]

def _target(package, kinds):
    for target in package["targets"]:
        for kind in target["kind"]:
            if kind in kinds:
                return target
    return None

def _folder(package):
    return "{}-{}".format(package["name"], package["version"])

def _label(package):
    """A crate's label inside of the repository."""
    return "//crates/{}:{}".format(_folder(package), package["name"])

def _is_proc_macro(package):
    library = _target(package, ["proc-macro"])
    return library != None

def _relative(package, target):
    """A target's root file, relative to the crate's folder."""
    return target["src_path"].removeprefix(package["manifest_path"].removesuffix("Cargo.toml"))

def _dependencies(metadata, node):
    """What a crate and its build script depend on, on the platform that the metadata is of."""
    packages = {package["id"]: package for package in metadata["packages"]}
    found = struct(normal = {}, macros = {}, build = {}, build_macros = {}, aliases = {})
    for dependency in node["deps"]:
        package = packages[dependency["pkg"]]
        label = _label(package)
        for kind in dependency["dep_kinds"]:
            if kind["kind"] == "build":
                (found.build_macros if _is_proc_macro(package) else found.build)[label] = True
            elif kind["kind"] == None:
                (found.macros if _is_proc_macro(package) else found.normal)[label] = True
                if dependency["name"] != _target(package, _LIBRARY_KINDS)["name"].replace("-", "_"):
                    found.aliases[label] = dependency["name"]
    return found

def _nodes(metadata):
    """Crates from a registry and how they depend: {id: (package, features, dependencies)}."""
    packages = {package["id"]: package for package in metadata["packages"]}
    return {
        node["id"]: struct(
            package = packages[node["id"]],
            features = node["features"],
            deps = _dependencies(metadata, node),
        )
        for node in metadata["resolve"]["nodes"]
        if packages[node["id"]]["source"] != None
    }

def _by_platform(host, wasm):
    """A value that may depend on the platform, as the text of a Starlark expression; empty where there is none."""
    if host == wasm:
        return repr(host) if host else ""
    return 'select({{"@platforms//cpu:wasm32": {}, "//conditions:default": {}}})'.format(repr(wasm), repr(host))

def merge(host, wasm):
    """Joins what holds on the host with what holds on wasm.

    Args:
      host: the output of `cargo metadata` for the host, decoded.
      wasm: the same for wasm.

    Returns:
      One struct for each crate from a registry, sorted by folder. Values that differ between the platforms, and lists
      in general, are texts of Starlark expressions.
    """
    on_host, on_wasm = _nodes(host), _nodes(wasm)
    crates = {}
    for id, node in (on_host | on_wasm).items():
        # A crate that one platform alone needs is described as that platform has it.
        here, there = on_host.get(id, node), on_wasm.get(id, node)
        package = node.package
        crates[_folder(package)] = struct(
            aliases = _by_platform(here.deps.aliases, there.deps.aliases),
            build_deps = _by_platform(sorted(here.deps.build), sorted(there.deps.build)),
            build_macros = _by_platform(sorted(here.deps.build_macros), sorted(there.deps.build_macros)),
            deps = _by_platform(sorted(here.deps.normal), sorted(there.deps.normal)),
            features = _by_platform(here.features, there.features),
            folder = _folder(package),
            macros = _by_platform(sorted(here.deps.macros), sorted(there.deps.macros)),
            package = package,
        )
    return [crate for _, crate in sorted(crates.items())]

def direct_dependencies(metadata):
    """The crates that members of the workspace name.

    Args:
      metadata: the output of `cargo metadata`, decoded.

    Returns:
      {name: label}. Fails where two members want different versions of one crate.
    """
    packages = {package["id"]: package for package in metadata["packages"]}
    direct = {}
    for node in metadata["resolve"]["nodes"]:
        if packages[node["id"]]["source"] != None:
            continue
        for dependency in node["deps"]:
            package = packages[dependency["pkg"]]
            if package["source"] == None:
                continue
            label = _label(package)
            if direct.setdefault(package["name"], label) != label:
                fail("two versions of {} are named in Cargo.toml files; agree on one in the workspace's".format(package["name"]))
    return direct

def stated(crate, checksum):
    """What bills of materials state of a crate.

    Args:
      crate: one of those that merge gives.
      checksum: the SHA-256 of its archive.

    Returns:
      A dictionary, for JSON.
    """
    package = crate.package
    return {
        "license": package["license"] or "",
        "name": package["name"],
        "sha256": checksum,
        "source": package["source"],
        "version": package["version"],
    }

def _call(rule, **attributes):
    """A rule's call as text. Empty values are left out."""
    lines = ["    {} = {},".format(name, value) for name, value in attributes.items() if value]
    return "\n".join([rule + "("] + lines + [")"])

_SRCS = 'glob(["**/*.rs"])'

# Crates include their README or data files; names with a space are no labels.
_DATA = 'glob(["**"], exclude = ["**/*.rs", "**/* *", "BUILD.bazel"])'

_HEADER = """\
load("@rules_rust//cargo:defs.bzl", "cargo_build_script")
load("@rules_rust//rust:defs.bzl", "rust_library", "rust_proc_macro")
load("{}", "WASM_RUSTC_FLAGS")

package(default_visibility = ["//visibility:public"])
""".format(Label("//tools/wasm:profile.bzl"))

def build_file(crate):
    """The BUILD file of a crate.

    Args:
      crate: one of those that merge gives.

    Returns:
      The file's text: a library or a procedural macro, and the build script where there is one.
    """
    package = crate.package
    calls = [_HEADER]
    deps = crate.deps
    script = _target(package, ["custom-build"])
    if script:
        calls.append(_call(
            "cargo_build_script",
            name = repr("build_script"),
            srcs = _SRCS,
            compile_data = _DATA,
            crate_features = crate.features,
            crate_name = repr("build_script_build"),
            crate_root = repr(_relative(package, script)),
            data = _DATA,
            deps = crate.build_deps,
            edition = repr(script["edition"]),
            links = repr(package["links"]) if package["links"] else "",
            pkg_name = repr(package["name"]),
            proc_macro_deps = crate.build_macros,
            version = repr(package["version"]),
        ))
        deps = '[":build_script"]' + (" + " + deps if deps else "")
    library = _target(package, _LIBRARY_KINDS)
    calls.append(_call(
        "rust_proc_macro" if _is_proc_macro(package) else "rust_library",
        name = repr(package["name"]),
        srcs = _SRCS,
        aliases = crate.aliases,
        compile_data = _DATA,
        crate_features = crate.features,
        crate_name = repr(library["name"].replace("-", "_")),
        crate_root = repr(_relative(package, library)),
        deps = deps,
        edition = repr(library["edition"]),
        proc_macro_deps = crate.macros,
        # Warnings are for the crate's authors.
        rustc_flags = '["--cap-lints=allow"] + WASM_RUSTC_FLAGS',
        version = repr(package["version"]),
    ))
    return "\n".join(calls) + "\n"
