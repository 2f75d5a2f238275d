"""The crates of Cargo.toml and Cargo.lock as Bazel targets: `@crates//:NAME`.

`cargo vendor` fetches what Cargo.lock pins, through the user's own Cargo configuration, and `cargo metadata` says how
the crates depend on each other: once for the host, where tools, tests and build scripts run, and once for wasm. Nothing
else is fetched, and nothing is asked of the network once that is done. `@crates//:crates.json` states each crate's name,
version, licence, source and checksum.
"""

load(":resolve.bzl", "build_file", "direct_dependencies", "merge", "stated")

_HOST = "x86_64-unknown-linux-gnu"
_WASM = "wasm32-wasip1"

# A first download over a slow line.
_TIMEOUT_SECONDS = 1200

def _cargo(rctx, *arguments):
    # Where the machine has no cargo, rules_rust fetches one; it isn't asked to before this label is resolved.
    cargo = rctx.which("cargo") or rctx.path(Label("@rust_host_tools//:bin/cargo"))
    result = rctx.execute([cargo] + list(arguments), timeout = _TIMEOUT_SECONDS)
    if result.return_code != 0:
        fail("cargo {}: {}".format(arguments[0], result.stderr.strip()))
    return result.stdout

def _metadata(rctx, manifest, target):
    return json.decode(_cargo(
        rctx,
        "metadata",
        "--format-version=1",
        "--locked",
        "--offline",
        "--filter-platform=" + target,
        "--manifest-path=" + str(manifest),
    ))

def _crates_impl(rctx):
    manifest = rctx.path(rctx.attr.manifest)
    rctx.watch(rctx.attr.lockfile)

    # Sources lie in crates/NAME-VERSION. That is how panic messages name them, so the folder's name is part of a module.
    _cargo(rctx, "vendor", "--locked", "--quiet", "--versioned-dirs", "--manifest-path=" + str(manifest), "crates")
    host = _metadata(rctx, manifest, _HOST)
    wasm = _metadata(rctx, manifest, _WASM)
    for package in host["packages"]:
        if package["source"] == None:
            rctx.watch(package["manifest_path"])

    facts = {}
    for crate in merge(host, wasm):
        rctx.file("crates/{}/BUILD.bazel".format(crate.folder), build_file(crate))

        # cargo has held the archive against Cargo.lock, and says here what its sum was.
        checksums = json.decode(rctx.read("crates/{}/.cargo-checksum.json".format(crate.folder)))
        facts[crate.folder] = stated(crate, checksums["package"])
    rctx.file("crates.json", json.encode_indent(facts) + "\n")
    rctx.file("BUILD.bazel", "\n".join(['exports_files(["crates.json"])'] + [
        'alias(name = "{}", actual = "{}", visibility = ["//visibility:public"])'.format(name, label)
        for name, label in sorted(direct_dependencies(host).items())
    ] + [""]))

_crates = repository_rule(
    implementation = _crates_impl,
    doc = "Fetches the crates that a lock file pins and describes them to Bazel.",
    attrs = {
        "lockfile": attr.label(mandatory = True, doc = "Cargo.lock."),
        "manifest": attr.label(mandatory = True, doc = "The Cargo.toml of the workspace; its members are found from there."),
    },
    environ = ["CARGO_HOME", "PATH"],
)

def _extension_impl(mctx):
    _crates(
        name = "crates",
        lockfile = Label("//:Cargo.lock"),
        manifest = Label("//:Cargo.toml"),
    )
    return mctx.extension_metadata(reproducible = True)

crates = module_extension(
    implementation = _extension_impl,
    doc = "Makes @crates: an alias for each crate that a member of the Cargo workspace names.",
)
