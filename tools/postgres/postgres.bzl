"""Postgres' own binaries, for tests and for `bazel run //:run`.

They are the ones that the embedded-postgres library runs, of the version that it pins, and come through the user's
Maven client with the user's settings. Tests then need no network.
"""

load("//tools:maven.bzl", "maven")

# What embedded-postgres 1.34 calls V18.
_VERSION = "18.3.0"

_ARTIFACT = "embedded-postgres-binaries"

# By operating system and processor as Bazel names them: the artifact's suffix, the archive in it, and its SHA-256.
_PLATFORMS = {
    "linux_amd64": ("linux-amd64", "postgres-linux-x86_64.txz", "1974c3a59c3ae010e9818e81637e425aad94eaac26e4ef533b42e081fe7ca345"),
    "linux_aarch64": ("linux-arm64v8", "postgres-linux-arm_64.txz", "1fb555a6602c13a113ab1f0cc9224d599948e85e51ac5f001393605505eaf78e"),
    "mac os x_x86_64": ("darwin-amd64", "postgres-darwin-x86_64.txz", "cb68c57232945f5e74db946e6077d70cec56bfed35959b21acc750cc80ca0977"),
    "mac os x_aarch64": ("darwin-arm64v8", "postgres-darwin-arm_64.txz", "a18ec9ec6a905e04f5a08a8f7870bddadd635feb54dee332a3daf80fada3cb1a"),
}

_BUILD = """\
# The folder as a whole, with bin, lib and share in it: a test that has it as data gets one link, not a thousand.
exports_files(["postgres"], visibility = ["//visibility:public"])
"""

def _postgres_impl(rctx):
    platform = "{}_{}".format(rctx.os.name.lower(), rctx.os.arch)
    if platform not in _PLATFORMS:
        fail("there are no Postgres binaries for {}; those for {} are known".format(platform, ", ".join(_PLATFORMS)))
    suffix, archive, sha256 = _PLATFORMS[platform]
    artifact = "{}-{}".format(_ARTIFACT, suffix)
    maven(rctx, "Postgres for tests and for //:run", "copy", [
        "-Dartifact=io.zonky.test.postgres:{}:{}".format(artifact, _VERSION),
        "-DoutputDirectory=" + str(rctx.path(".")),
    ])
    jar = "{}-{}.jar".format(artifact, _VERSION)

    # A download of a local file, for the sake of the check of its hash.
    rctx.download_and_extract(url = "file://{}".format(rctx.path(jar)), sha256 = sha256, type = "zip")
    rctx.extract(archive, output = "postgres")

    # Extraction leaves the right to run to the owner alone, and Postgres refuses to run as root.
    rctx.execute(["chmod", "-R", "a+rX", "postgres"])
    for rest in [jar, archive, "META-INF"]:
        rctx.delete(rest)
    rctx.file("BUILD.bazel", _BUILD)

_postgres = repository_rule(
    implementation = _postgres_impl,
    doc = "Postgres' binaries for this machine, as the folder `postgres`.",
    environ = ["PATH"],
)

def _extension_impl(mctx):
    _postgres(name = "postgres")
    return mctx.extension_metadata(reproducible = True)

postgres = module_extension(
    implementation = _extension_impl,
    doc = "Makes @postgres, fetched when something first needs it.",
)
