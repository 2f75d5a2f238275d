"""OCI images of flows and projects."""

load(":contents.bzl", "BUNDLER", "pack")
load(":providers.bzl", "WeavsterFlowInfo", "WeavsterProjectInfo")

def _image_impl(ctx):
    if bool(ctx.attr.flow) == bool(ctx.attr.project):
        fail("weavster_image is of a flow or of a project: give one of the two")
    if ctx.attr.flow:
        # A flow comes with its image.
        image = ctx.attr.flow[WeavsterFlowInfo].image
    else:
        image = ctx.actions.declare_directory(ctx.label.name)
        pack(ctx, image, ctx.attr.project[WeavsterProjectInfo].contents)
    return [DefaultInfo(files = depset([image]), runfiles = ctx.runfiles([image]))]

weavster_image = rule(
    implementation = _image_impl,
    doc = """An OCI image, as a layout folder: what `oci_push` of rules_oci, skopeo and `weavster push` take.

It is the same for linux/amd64 and linux/arm64. Its digest hangs on the contents alone: not on who builds it, where or when.
`docs/artifacts.md` describes it.""",
    attrs = {
        "flow": attr.label(providers = [WeavsterFlowInfo], doc = "A `weavster_flow`: its image is the module and what it was made from."),
        "project": attr.label(
            providers = [WeavsterProjectInfo],
            doc = "A `weavster_project`: its image is the configuration, the data and all of its flows. Secrets that " +
                  "configuration has as plain text are an error.",
        ),
        "_bundler": BUNDLER,
    },
)

def _images_impl(ctx):
    images = ctx.files.image + [flow.image for flow in ctx.attr.project[WeavsterProjectInfo].flows]
    return [DefaultInfo(files = depset(images), runfiles = ctx.runfiles(images))]

weavster_images = rule(
    implementation = _images_impl,
    doc = "All images of a project: its own, and those of its flows.",
    attrs = {
        "image": attr.label(mandatory = True, doc = "The project's own."),
        "project": attr.label(mandatory = True, providers = [WeavsterProjectInfo], doc = "The project."),
    },
)
