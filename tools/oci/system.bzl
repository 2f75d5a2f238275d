"""The OCI tools of the machine that images are held against: skopeo, umoci and crun.

Nothing of them is fetched: the toolchain root of `tools/bazel` has them, and other machines may. `@oci_system//:NAME`
is the program where it is there, and incompatible elsewhere, so that Bazel skips the tests that have it among their data.
"""

_PROGRAMS = ["crun", "skopeo", "umoci"]

_PROGRAM = """
filegroup(
    name = "{name}",
    srcs = ["bin/{name}"],
    visibility = ["//visibility:public"],
)
"""

_MISSING = """
# {why}
filegroup(
    name = "{name}",
    target_compatible_with = ["@platforms//:incompatible"],
    visibility = ["//visibility:public"],
)
"""

# What the test that runs containers does around crun: root may, but not in every container.
_NAMESPACE = ["unshare", "--mount", "mount", "-t", "cgroup2", "none", "/sys/fs/cgroup"]

def _lacking(rctx, name):
    """Why a program can't be used here, or ""."""
    if not rctx.which(name):
        return "{} isn't on the PATH.".format(name)
    if name == "crun" and rctx.execute(_NAMESPACE).return_code != 0:
        return "Containers can't be run by this user."
    return ""

def _oci_system_impl(rctx):
    build = []
    for name in _PROGRAMS:
        why = _lacking(rctx, name)
        if why:
            build.append(_MISSING.format(name = name, why = why))
        else:
            rctx.symlink(rctx.which(name), "bin/" + name)
            build.append(_PROGRAM.format(name = name))
    rctx.file("BUILD.bazel", "".join(build))

_oci_system = repository_rule(
    implementation = _oci_system_impl,
    doc = "The programs that are there.",
    environ = ["PATH"],
)

def _extension_impl(mctx):
    _oci_system(name = "oci_system")
    return mctx.extension_metadata(reproducible = True)

oci_system = module_extension(
    implementation = _extension_impl,
    doc = "Makes @oci_system, the OCI tools that are installed.",
)
