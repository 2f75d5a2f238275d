"""Weavster's own image: the runtime, and what it needs where there is nothing else."""

def _runtime_image_impl(ctx):
    image = ctx.actions.declare_directory(ctx.label.name + ".layout")
    args = ctx.actions.args()
    args.add("runtime")
    args.add("-out", image.path)
    programs = {"amd64": ctx.file.amd64, "arm64": ctx.file.arm64}
    for architecture, file in programs.items():
        args.add("-program", "{}={}".format(architecture, file.path))
    inputs = programs.values()
    args.add("-facts", ctx.file.facts.path)
    inputs.append(ctx.file.facts)
    if ctx.attr.stamped:
        args.add("-status", ctx.info_file)
        inputs.append(ctx.info_file)
    ctx.actions.run(
        executable = ctx.executable._image,
        arguments = [args],
        inputs = inputs,
        outputs = [image],
        mnemonic = "WeavsterRuntimeImage",
        progress_message = "Making image %{label}",
    )
    return [DefaultInfo(files = depset([image]), runfiles = ctx.runfiles([image]))]

runtime_image = rule(
    implementation = _runtime_image_impl,
    doc = "An OCI layout folder with the image of a program.",
    attrs = {
        "amd64": attr.label(mandatory = True, allow_single_file = True, doc = "The program for linux/amd64."),
        "arm64": attr.label(mandatory = True, allow_single_file = True, doc = "The program for linux/arm64."),
        "facts": attr.label(mandatory = True, allow_single_file = True, doc = "What the programs were built of and by: their build.json."),
        "stamped": attr.bool(doc = "Whether the image names the commit that Bazel's status does."),
        "_image": attr.label(
            default = "//runtime/cmd/image",
            executable = True,
            cfg = "exec",
            doc = "The program that makes images.",
        ),
    },
)
