"""Tests of resolve.bzl on a workspace of five crates."""

load("@bazel_skylib//lib:partial.bzl", "partial")
load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")
load(":resolve.bzl", "build_file", "direct_dependencies", "merge", "stated")

def _package(name, kind = "lib", source = "registry", extra_targets = [], version = "1.0.0"):
    folder = "/registry/{}-{}/".format(name, version)
    return {
        "id": name + version,
        "name": name,
        "version": version,
        "source": source,
        "license": "MIT" if name == "big" else None,
        "links": None,
        "manifest_path": folder + "Cargo.toml",
        "targets": [{"kind": [kind], "name": name, "edition": "2021", "src_path": folder + "src/lib.rs"}] + extra_targets,
    }

def _dependency(name, kind = None, rename = None, version = "1.0.0"):
    return {"name": (rename or name).replace("-", "_"), "pkg": name + version, "dep_kinds": [{"kind": kind, "target": None}]}

_SCRIPT = {"kind": ["custom-build"], "name": "build-script-build", "edition": "2018", "src_path": "/registry/big-1.0.0/build.rs"}

def _metadata(big, features = ["std"]):
    """A member that depends on `big`, which has the given dependencies."""
    return {
        "packages": [
            _package("member", source = None),
            _package("big", extra_targets = [_SCRIPT]),
            _package("derive", kind = "proc-macro"),
            _package("small-crate"),
            _package("only-host"),
        ],
        "resolve": {"nodes": [
            {"id": "member1.0.0", "features": [], "deps": [_dependency("big")]},
            {"id": "big1.0.0", "features": features, "deps": big},
            {"id": "derive1.0.0", "features": [], "deps": []},
            {"id": "small-crate1.0.0", "features": [], "deps": []},
        ]},
    }

_SHARED = [_dependency("derive"), _dependency("small-crate", rename = "tiny"), _dependency("small-crate", kind = "build")]

def _big(host, wasm):
    return [crate for crate in merge(host, wasm) if crate.folder == "big-1.0.0"][0]

def _kinds_test_impl(ctx):
    env = unittest.begin(ctx)
    text = build_file(_big(_metadata(_SHARED), _metadata(_SHARED)))
    for line in [
        'deps = [":build_script"] + ["//crates/small-crate-1.0.0:small-crate"],',
        'proc_macro_deps = ["//crates/derive-1.0.0:derive"],',
        'aliases = {"//crates/small-crate-1.0.0:small-crate": "tiny"},',
        'crate_root = "build.rs",',
        'crate_root = "src/lib.rs",',
        'edition = "2018",',
        'crate_features = ["std"],',
    ]:
        asserts.true(env, line in text, "{} isn't in:\n{}".format(line, text))
    asserts.false(env, "select" in text, "nothing differs, but there is a select")
    return unittest.end(env)

def _platforms_test_impl(ctx):
    env = unittest.begin(ctx)
    crate = _big(_metadata(_SHARED + [_dependency("only-host")], features = ["std", "threads"]), _metadata(_SHARED))
    asserts.equals(
        env,
        'select({"@platforms//cpu:wasm32": ["//crates/small-crate-1.0.0:small-crate"], "//conditions:default": ["//crates/only-host-1.0.0:only-host", "//crates/small-crate-1.0.0:small-crate"]})',
        crate.deps,
    )
    asserts.equals(env, 'select({"@platforms//cpu:wasm32": ["std"], "//conditions:default": ["std", "threads"]})', crate.features)
    return unittest.end(env)

def _proc_macro_test_impl(ctx):
    env = unittest.begin(ctx)
    crate = [crate for crate in merge(_metadata([]), _metadata([])) if crate.folder == "derive-1.0.0"][0]
    asserts.true(env, 'rust_proc_macro(\n    name = "derive",' in build_file(crate))
    return unittest.end(env)

def _direct_test_impl(ctx):
    env = unittest.begin(ctx)
    asserts.equals(env, {"big": "//crates/big-1.0.0:big"}, direct_dependencies(_metadata(_SHARED)))
    return unittest.end(env)

def _stated_test_impl(ctx):
    env = unittest.begin(ctx)
    crates = {crate.folder: stated(crate, "50b7") for crate in merge(_metadata([]), _metadata([]))}
    asserts.equals(env, {"license": "MIT", "name": "big", "sha256": "50b7", "source": "registry", "version": "1.0.0"}, crates["big-1.0.0"])
    asserts.equals(env, "", crates["derive-1.0.0"]["license"])
    return unittest.end(env)

_kinds_test = unittest.make(_kinds_test_impl)
_platforms_test = unittest.make(_platforms_test_impl)
_proc_macro_test = unittest.make(_proc_macro_test_impl)
_direct_test = unittest.make(_direct_test_impl)
_stated_test = unittest.make(_stated_test_impl)

def resolve_test_suite(name):
    """Declares the tests.

    Args:
      name: the suite's name.
    """
    unittest.suite(name, *[partial.make(test, size = "small") for test in [_kinds_test, _platforms_test, _proc_macro_test, _direct_test, _stated_test]])
