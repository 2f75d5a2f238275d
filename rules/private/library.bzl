"""Transforms that flows share."""

load(":providers.bzl", "WeavsterLibraryInfo")

def _impl(ctx):
    deps = [dep[WeavsterLibraryInfo] for dep in ctx.attr.deps]
    library = struct(name = ctx.label.name, file = ctx.file.src)
    return [
        DefaultInfo(files = depset([ctx.file.src])),
        WeavsterLibraryInfo(
            name = ctx.label.name,
            libraries = depset([library], transitive = [dep.libraries for dep in deps]),
            source = ctx.file.src,
            tables = depset(ctx.files.tables, transitive = [dep.tables for dep in deps]),
        ),
    ]

_library = rule(
    implementation = _impl,
    doc = "Transforms that flows share.",
    attrs = {
        "deps": attr.label_list(providers = [WeavsterLibraryInfo], doc = "The libraries that this one uses."),
        "src": attr.label(mandatory = True, allow_single_file = [".yaml"], doc = "The library."),
        "tables": attr.label_list(
            allow_files = [".csv", ".json", ".jsonl"],
            doc = "Lookup tables that the library's transforms look up.",
        ),
    },
    provides = [WeavsterLibraryInfo],
)

def weavster_library(name, src = None, deps = [], tables = [], **kwargs):
    """Declares a library of transforms, which flows use by `- use: {library: NAME, with: {…}}`.

    It is compiled where a flow uses it, with that flow's values for its parameters: nothing is built for itself. What it
    does is tested by `weavster_flow_test`, of a flow that does nothing but use it.

    Args:
      name: the library's name, as flows say it.
      src: the library, a `.yaml` file; by default `NAME.yaml`.
      deps: the libraries that this one uses.
      tables: lookup tables (`.csv`, `.json`, `.jsonl`) that its transforms look up: each flow that uses it has them.
      **kwargs: other attributes that every rule has, such as `visibility` and `tags`.
    """
    _library(
        name = name,
        src = src or name + ".yaml",
        deps = deps,
        tables = tables,
        **kwargs
    )
