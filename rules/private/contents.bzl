"""What bundles and images are made of, as the tool that makes them takes it."""

load(":paths.bzl", "workspace_path")

BUNDLER = attr.label(
    default = "//runtime/cmd/bundle",
    executable = True,
    cfg = "exec",
    doc = "The program that writes and checks bundles, and packs images.",
)

def contents(flows, arguments = [], files = []):
    """Describes a bundle.

    Args:
      flows: what WeavsterFlowInfo says of each flow.
      arguments: words of the command line for what isn't a flow.
      files: the files that these words name.

    Returns:
      A struct of `arguments` and `files`, for run_bundler.
    """
    arguments, files = list(arguments), list(files)
    for flow in flows:
        parts = {
            "build.json": flow.build,
            "flow.wasm": flow.module,
            "flow.yaml": flow.source,
            "ir.txt": flow.ir,
            "lineage.json": flow.lineage,
            "manifest.json": flow.manifest,
        }

        # Which of these the flow uses, its build.json says.
        parts.update({"sources/" + workspace_path(file): file for file in flow.given.to_list()})
        for name, file in parts.items():
            arguments += ["--flow", "{}/{}={}".format(flow.name, name, file.path)]
            files.append(file)
    return struct(arguments = arguments, files = files)

def run_bundler(ctx, verb, out, contents, **kwargs):
    """Runs the tool on a bundle's contents.

    Args:
      ctx: the rule's context, with BUNDLER as `_bundler`.
      verb: what to do.
      out: the folder to make, a File.
      contents: what `contents` gave.
      **kwargs: mnemonic and progress message.
    """
    args = ctx.actions.args()
    args.set_param_file_format("multiline")
    args.use_param_file("@%s")
    args.add(verb)
    args.add("--out", out.path)
    args.add_all(contents.arguments)
    ctx.actions.run(
        executable = ctx.executable._bundler,
        arguments = [args],
        inputs = contents.files,
        outputs = [out],
        **kwargs
    )

def pack(ctx, image, contents):
    """Packs an OCI image.

    Args:
      ctx: the rule's context, with BUNDLER as `_bundler`.
      image: the layout folder to make, a File.
      contents: what `contents` gave.
    """
    run_bundler(
        ctx,
        "pack",
        image,
        contents,
        mnemonic = "WeavsterImage",
        progress_message = "Packing image %{label}",
    )
