"""A project: its configuration and its flows, bundled, checked, packed and run."""

load(":contents.bzl", "BUNDLER", "contents", "run_bundler")
load(":image.bzl", "weavster_image", "weavster_images")
load(":paths.bzl", "package_path")
load(":program.bzl", "program")
load(":providers.bzl", "WeavsterFlowInfo", "WeavsterProjectInfo")

def _weavster_bundle_impl(ctx):
    bundle = ctx.actions.declare_directory(ctx.label.name + ".bundle")
    flows = [target[WeavsterFlowInfo] for target in ctx.attr.flows]
    project = contents(
        flows,
        arguments = (["--package", ctx.label.package] if ctx.label.package else []) + [
            word
            for flag, files in [("--config", ctx.files.config), ("--data", ctx.files.data)]
            for file in files
            for word in [flag, "{}={}".format(package_path(file, ctx.label), file.path)]
        ],
        files = ctx.files.config + ctx.files.data,
    )
    run_bundler(
        ctx,
        "write",
        bundle,
        project,
        mnemonic = "WeavsterBundle",
        progress_message = "Bundling project %{label}",
    )
    return [
        DefaultInfo(files = depset([bundle]), runfiles = ctx.runfiles([bundle])),
        OutputGroupInfo(_validation = depset([_check(ctx, bundle)])),
        WeavsterProjectInfo(bundle = bundle, contents = project, flows = flows),
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
        "_bundler": BUNDLER,
    },
    provides = [WeavsterProjectInfo],
)

def weavster_project(name, config, flows, data = [], repository = None, push_tags = [], visibility = None, **kwargs):
    """Declares a project, in the folder that holds its `weavster.yaml`.

    Building it bundles configuration and flows, and holds them against each other: each connector, variable and table
    that a flow needs has to be there, under every profile. An edit of configuration compiles no flow.

    Programs come with it: `bazel run //:run` runs the flows, `//:package` copies the images of the project and of its
    flows to a folder, `//:load` puts them where container tools find them, `//:push` sends them to a registry, and `bazel run //:weavster -- COMMAND` does
    whatever else `weavster` can, on the same project. A package therefore has one project.

    `//:NAME_image` is the project's OCI image, `//:images` are all: the project's and those of the flows.

    Args:
      name: the bundle's name.
      config: `weavster.yaml`, `profiles.yaml`, `connectors/*.yaml`, `macros/*.jinja`.
      flows: the `weavster_flow` targets that belong to the project.
      data: files that connectors and tables read, where the workspace has none at their path: generated ones, for
        instance.
      repository: where `//:push` sends the project's image, `registry.example/team/shop`; a flow's image goes to
        `registry.example/team/shop/FLOW`. `--repository` and WEAVSTER_REPOSITORY come before it.
      push_tags: the tags that `//:push` sets, where neither `--tag` nor WEAVSTER_TAG does; without any, the project's
        version. Names in braces, in the repository too, are what `--workspace_status_command` says:
        `git-{STABLE_GIT_COMMIT}`. They are no part of any image.
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
    weavster_image(name = name + "_image", project = name, visibility = visibility, **kwargs)
    weavster_images(name = "images", project = name, image = name + "_image", visibility = visibility, **kwargs)
    for command in ["package", "load"]:
        program(
            name = command,
            args = [command, "$(rootpaths :images)"],
            data = ["images"],
            program = Label("//runtime/cmd/weavster"),
            visibility = visibility,
            **kwargs
        )
    program(
        name = "push",
        args = (
            ["push", "$(rootpaths :images)"] +
            (["--rule-repository", repository] if repository else []) +
            [word for tag in push_tags for word in ["--rule-tag", tag]]
        ),
        data = ["images"],
        program = Label("//runtime/cmd/weavster"),
        status = True,
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
