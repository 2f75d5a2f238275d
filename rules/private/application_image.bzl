"""An image that runs a project: Weavster's own, with the project in it."""

def _weavster_application_image_impl(ctx):
    image = ctx.actions.declare_directory(ctx.label.name + ".layout")
    args = ctx.actions.args()
    args.add("application")
    args.add("-out", image.path)
    args.add("-runtime", ctx.file._runtime.path)
    args.add("-project", ctx.file.project.path)
    ctx.actions.run(
        executable = ctx.executable._image,
        arguments = [args],
        inputs = [ctx.file._runtime, ctx.file.project],
        outputs = [image],
        mnemonic = "WeavsterApplicationImage",
        progress_message = "Making image %{label}",
    )
    return [DefaultInfo(files = depset([image]), runfiles = ctx.runfiles([image]))]

weavster_application_image = rule(
    implementation = _weavster_application_image_impl,
    doc = """An OCI image that runs a project's flows, as a layout folder, for linux/amd64 and linux/arm64.

It has the layers of `//runtime:image` and those of the project's image, and no others. Started without arguments it is
`weavster run --bundle /`, as a user who isn't root.""",
    attrs = {
        "project": attr.label(
            mandatory = True,
            allow_single_file = True,
            doc = "The project's image: `:NAME_image` of a `weavster_project`.",
        ),
        "_image": attr.label(
            default = "//runtime/cmd/image",
            executable = True,
            cfg = "exec",
            doc = "The program that makes images.",
        ),
        "_runtime": attr.label(
            default = "//runtime:image",
            allow_single_file = True,
            doc = "The runtime's image.",
        ),
    },
)
