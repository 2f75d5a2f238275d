"""The programs that artifacts are tested against: the Distribution registry, crane and cosign.

`go install` builds them with the machine's own Go and the user's Go settings, of the versions below, which Go's
checksum database vouches for. They are no dependencies of ours: their modules come nowhere near go.mod. Each is a
repository of its own, so that a test fetches what it needs; `@oci_tools//:NAME` is the name to use.
"""

# The package that holds the program, and its version: crane's and cosign's are those of the libraries in go.mod.
_PROGRAMS = {
    "cosign": ("github.com/sigstore/cosign/v2/cmd/cosign", "v2.6.5"),
    "crane": ("github.com/google/go-containerregistry/cmd/crane", "v0.22.1"),
    "registry": ("github.com/distribution/distribution/v3/cmd/registry", "v3.1.2"),
}

# Modules may have to be downloaded, over a slow line, and cosign's are many.
_TIMEOUT_SECONDS = 1800

def _program_impl(rctx):
    go = rctx.which("go")
    if not go:
        fail("{} is built with Go, and there is no `go` on the PATH: install Go, or run Bazel by tools/bazel, whose toolchain has one".format(rctx.attr.package))
    package = "{}@{}".format(rctx.attr.package, rctx.attr.version)
    cache = rctx.path("gocache")
    result = rctx.execute(
        [go, "install", "-trimpath", "-ldflags=-s -w", package],
        environment = {
            # Programs that need no C library run wherever the test does.
            "CGO_ENABLED": "0",
            "GOBIN": str(rctx.path(".")),
            # What the build leaves behind is of no use afterwards: it would be 1 GB in the user's own cache.
            "GOCACHE": str(cache),
            "GOFLAGS": "-mod=mod",
            # A workspace around this folder isn't meant.
            "GOWORK": "off",
        },
        timeout = _TIMEOUT_SECONDS,
    )
    if result.return_code != 0:
        fail("go install {}:\n{}{}".format(package, result.stdout, result.stderr))
    rctx.delete(cache)
    rctx.file("BUILD.bazel", 'exports_files(["{}"], visibility = ["//visibility:public"])\n'.format(rctx.attr.program))

_program = repository_rule(
    implementation = _program_impl,
    doc = "A program that `go install` builds.",
    attrs = {
        "package": attr.string(mandatory = True, doc = "The Go package of the program."),
        "program": attr.string(mandatory = True, doc = "The file that the program becomes."),
        "version": attr.string(mandatory = True, doc = "The version of its module."),
    },
    environ = ["GOFLAGS", "GOMODCACHE", "GONOSUMDB", "GOPRIVATE", "GOPROXY", "GOSUMDB", "HOME", "PATH"],
)

def _tools_impl(rctx):
    rctx.file("BUILD.bazel", "".join([
        'alias(name = "{0}", actual = "@oci_{0}//:{0}", visibility = ["//visibility:public"])\n'.format(name)
        for name in rctx.attr.programs
    ]))

_tools = repository_rule(
    implementation = _tools_impl,
    doc = "One name for all of the programs.",
    attrs = {"programs": attr.string_list(mandatory = True, doc = "Their names.")},
)

def _extension_impl(mctx):
    for name, (package, version) in _PROGRAMS.items():
        _program(name = "oci_" + name, package = package, program = name, version = version)
    _tools(name = "oci_tools", programs = sorted(_PROGRAMS))
    return mctx.extension_metadata(reproducible = True)

oci = module_extension(
    implementation = _extension_impl,
    doc = "Makes @oci_tools, whose programs are built when a test first needs them.",
)
