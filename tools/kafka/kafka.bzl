"""A Kafka broker, for tests: its jars, and the machine's Java.

The jars come through the user's Maven client with the user's settings, each of a pinned version and checked against
its SHA-256. Tests then need no network.
"""

load("//tools:maven.bzl", "maven")
load(":jars.bzl", "JARS")

# Each jar is named, so nothing that one of them asks for is resolved.
_DEPENDENCY = """\
<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version>
<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions></dependency>
"""

_POM = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>weavster</groupId><artifactId>broker</artifactId><version>1</version>
<dependencies>
{}</dependencies>
</project>
"""

_BUILD = """\
# The folder as a whole, with lib and bin/java in it: a test that has it as data gets one link, not fifty.
exports_files(["kafka"], visibility = ["//visibility:public"])
"""

def _file_name(artifact):
    group, name, version = artifact.split(":")
    return "{}.{}-{}.jar".format(group, name, version)

def _kafka_impl(rctx):
    java = rctx.which("java")
    if not java:
        fail("Kafka for tests needs Java 17 or newer, and there is no `java` on the PATH: install it, or run Bazel by tools/bazel, whose toolchain has one")
    rctx.file("pom.xml", _POM.format("".join([_DEPENDENCY.format(*artifact.split(":")) for artifact in JARS])))
    maven(rctx, "Kafka for tests", "copy-dependencies", [
        "-DoutputDirectory=" + str(rctx.path("fetched")),
        # Two groups may have artifacts of one name.
        "-Dmdep.prependGroupId=true",
    ])
    for artifact, sha256 in JARS.items():
        name = _file_name(artifact)

        # A download of a local file, for the sake of the check of its hash.
        rctx.download(url = "file://{}".format(rctx.path("fetched/" + name)), output = "kafka/lib/" + name, sha256 = sha256)
    rctx.symlink(java, "kafka/bin/java")
    for rest in ["pom.xml", "fetched"]:
        rctx.delete(rest)
    rctx.file("BUILD.bazel", _BUILD)

_kafka = repository_rule(
    implementation = _kafka_impl,
    doc = "A Kafka broker as the folder `kafka`: jars in `lib`, and the machine's Java as `bin/java`.",
    environ = ["PATH"],
)

def _extension_impl(mctx):
    _kafka(name = "kafka")
    return mctx.extension_metadata(reproducible = True)

kafka = module_extension(
    implementation = _extension_impl,
    doc = "Makes @kafka, fetched when something first needs it.",
)
