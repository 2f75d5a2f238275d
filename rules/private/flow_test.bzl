"""Fixtures through a flow's real module."""

load(":program.bzl", "program_test")

def weavster_flow_test(name, flow, fixtures = None, size = "small", **kwargs):
    """Tests a flow: each case's message goes through the compiled module, and what comes out is compared.

    `--test_filter=TEXT` runs the cases whose name has TEXT in it.

    Args:
      name: the test's name.
      flow: the `weavster_flow`.
      fixtures: files of cases (`.yaml`); by default `NAME.yaml`.
      size: Bazel's test size.
      **kwargs: other attributes that every test has.
    """
    arguments = []
    data = []
    for part in ["module", "manifest"]:
        file = "_{}.{}".format(name, part)
        native.filegroup(
            name = file,
            testonly = True,
            srcs = [flow],
            output_group = part,
            tags = ["manual"],
            visibility = ["//visibility:private"],
        )
        arguments += ["--" + part, "$(rootpath {})".format(file)]
        data.append(file)
    for file in fixtures or [name + ".yaml"]:
        arguments.append("$(rootpaths {})".format(file))
        data.append(file)
    program_test(
        name = name,
        size = size,
        args = arguments,
        data = data,
        program = Label("//runtime/cmd/flowtest"),
        **kwargs
    )
