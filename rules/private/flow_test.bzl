"""Fixtures through a flow's real module."""

load(":program.bzl", "program_test")

def weavster_flow_test(name, flow, fixtures = None, data = [], min_coverage = 0, size = "small", **kwargs):
    """Tests a flow: each case's message goes through the compiled module, and what comes out is compared.

    The end of the log says which steps and branches of the flow no case went through. `--test_filter=TEXT` runs the cases
    whose name has TEXT in it; coverage is then neither told nor asked for.

    Args:
      name: the test's name.
      flow: the `weavster_flow`.
      fixtures: files of cases (`.yaml`); by default `NAME.yaml`.
      data: files that cases name by `input_file`, `inputs_file` and `file`.
      min_coverage: the percentage of the flow's steps and branches below which the test fails.
      size: Bazel's test size.
      **kwargs: other attributes that every test has.
    """
    arguments = ["--min-coverage={}".format(min_coverage)] if min_coverage else []
    files = []
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
        files.append(file)
    for file in fixtures or [name + ".yaml"]:
        arguments.append("$(rootpaths {})".format(file))
        files.append(file)
    program_test(
        name = name,
        size = size,
        args = arguments,
        data = files + data,
        program = Label("//runtime/cmd/flowtest"),
        **kwargs
    )
