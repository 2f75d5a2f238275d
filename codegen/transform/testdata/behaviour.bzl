"""What transforms do, as flows with fixtures."""

load("//rules:defs.bzl", "weavster_flow", "weavster_flow_test", "weavster_library")

def behaviour_tests(name):
    """Makes a flow and its test of each NAME.yaml and NAME_test.yaml of the package.

    A macro with a glob: a new transform brings its two files, and nothing here has to name them.

    Args:
      name: the name of the suite of all of them. The targets `modules` and `lineage` are what the flows compile to.
    """
    tables = native.glob(["*.csv", "*.json"], allow_empty = True)
    macros = native.glob(["*.jinja"])
    libraries = []
    for source in native.glob(["*_library.yaml"], allow_empty = True):
        libraries.append(source.removesuffix("_library.yaml"))
        weavster_library(
            name = libraries[-1],
            src = source,
            visibility = ["//visibility:private"],
        )
    tests = []
    for fixtures in native.glob(["*_test.yaml"]):
        flow = fixtures.removesuffix("_test.yaml")
        tests.append(flow + "_test")
        weavster_flow(
            name = flow,
            macros = macros,
            libraries = libraries,
            tables = tables,
            visibility = ["//visibility:private"],
        )
        weavster_flow_test(
            name = flow + "_test",
            flow = flow,
        )
    flows = [test.removesuffix("_test") for test in tests]

    # Lineage is held against what all of them do.
    native.filegroup(
        name = "modules",
        srcs = flows,
        visibility = ["//tests/lineage:__pkg__"],
    )
    native.filegroup(
        name = "lineage",
        srcs = flows,
        output_group = "lineage",
        visibility = ["//tests/lineage:__pkg__"],
    )
    native.test_suite(
        name = name,
        tests = tests,
    )
