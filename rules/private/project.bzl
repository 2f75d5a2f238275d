"""A project: its configuration and its flows, bundled, checked and run."""

load(":paths.bzl", "package_path")
load(":program.bzl", "program")
load(":providers.bzl", "WeavsterFlowInfo")

def _weavster_bundle_impl(ctx):
    bundle = ctx.actions.declare_directory(ctx.label.name + ".bundle")
    flows = [target[WeavsterFlowInfo] for target in ctx.attr.flows]
    args = ctx.actions.args()
    args.set_param_file_format("multiline")
    args.use_param_file("@%s")
    args.add("write")
    args.add("--out", bundle.path)
    if ctx.label.package:
        args.add("--package", ctx.label.package)
    for flag, files in [("--config", ctx.files.config), ("--data", ctx.files.data)]:
        for file in files:
            args.add(flag, "{}={}".format(package_path(file, ctx.label), file.path))
    for flow in flows:
        args.add("--flow", "{}={},{},{}".format(flow.name, flow.module.path, flow.manifest.path, flow.source.path))

    ctx.actions.run(
        executable = ctx.executable._bundler,
        arguments = [args],
        inputs = ctx.files.config + ctx.files.data + [
            file
            for flow in flows
            for file in [flow.module, flow.manifest, flow.source]
        ],
        outputs = [bundle],
        mnemonic = "WeavsterBundle",
        progress_message = "Bundling project %{label}",
    )
    return [
        DefaultInfo(files = depset([bundle]), runfiles = ctx.runfiles([bundle])),
        OutputGroupInfo(_validation = depset([_check(ctx, bundle)])),
    ]

def _check(ctx, bundle):
    # Bazel builds the output group `_validation` whenever the bundle is built, beside what is asked for.
    stamp = ctx.actions.declare_file(ctx.label.name + ".checked")
    args = ctx.actions.args()
    args.add("check")
    args.add("--bundle", bundle.path)
    args.add("--stamp", stamp)
    ctx.actions.run(
        executable = ctx.executable._bundler,
        arguments = [args],
        inputs = [bundle],
        outputs = [stamp],
        mnemonic = "WeavsterValidate",
        progress_message = "Checking project %{label}",
    )
    return stamp

_weavster_bundle = rule(
    implementation = _weavster_bundle_impl,
    doc = "A project as one folder: what `weavster run --bundle` runs.",
    attrs = {
        "config": attr.label_list(mandatory = True, allow_files = True, doc = "The project's configuration."),
        "data": attr.label_list(allow_files = True, doc = "Files that the project reads."),
        "flows": attr.label_list(mandatory = True, providers = [WeavsterFlowInfo], doc = "The project's flows."),
        "_bundler": attr.label(
            default = "//runtime/cmd/bundle",
            executable = True,
            cfg = "exec",
            doc = "The program that writes and checks bundles.",
        ),
    },
)

def weavster_project(name, config, flows, data = [], visibility = None, **kwargs):
    """Declares a project, in the folder that holds its `weavster.yaml`.

    Building it bundles configuration and flows, and holds them against each other: each connector, variable and table
    that a flow needs has to be there, under every profile. An edit of configuration compiles no flow.

    Two programs come with it: `bazel run //:run` runs the flows, and `bazel run //:weavster -- COMMAND` does whatever
    else `weavster` can, on the same project. A package therefore has one project.

    Args:
      name: the bundle's name.
      config: `weavster.yaml`, `profiles.yaml`, `connectors/*.yaml`, `macros/*.jinja`.
      flows: the `weavster_flow` targets that belong to the project.
      data: files that connectors and tables read, where the workspace has none at their path: generated ones, for
        instance.
      visibility: who may use the project.
      **kwargs: other attributes that every rule has, such as `tags` and `testonly`.
    """
    _weavster_bundle(
        name = name,
        config = config,
        data = data,
        flows = flows,
        visibility = visibility,
        **kwargs
    )
    postgres = Label("@postgres")
    for command, words in {"run": ["run"], "weavster": []}.items():
        program(
            name = command,
            args = words + ["--bundle", "$(rootpath :{})".format(name)],
            data = [name, postgres],
            # For projects whose database is the embedded one.
            env = {"WEAVSTER_POSTGRES_BINARIES": "$(rootpath {})".format(postgres)},
            program = Label("//runtime/cmd/weavster"),
            visibility = visibility,
            **kwargs
        )
