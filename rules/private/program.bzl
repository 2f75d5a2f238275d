"""A program of ours, run on given files with given arguments."""

def _impl(ctx):
    program = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = program, target_file = ctx.executable.program, is_executable = True)
    status = _status(ctx) if ctx.attr.status else []
    runfiles = ctx.runfiles(ctx.files.data + status)
    env = {
        name: ctx.expand_location(value, ctx.attr.data)
        for name, value in ctx.attr.env.items()
    } | ({"WEAVSTER_STATUS_FILES": ":".join([file.short_path for file in status])} if status else {})

    # For tests that do what `bazel run` does.
    command = ctx.actions.declare_file(ctx.label.name + ".command.json")
    ctx.actions.write(command, json.encode({
        "args": [
            word
            for arg in ctx.attr.args
            for word in ctx.tokenize(ctx.expand_location(arg, ctx.attr.data))
        ],
        "env": env,
        "program": program.short_path,
    }))
    return [
        DefaultInfo(
            executable = program,
            runfiles = runfiles.merge(ctx.attr.program[DefaultInfo].default_runfiles),
        ),
        OutputGroupInfo(command = depset([command])),
        RunEnvironmentInfo(env),
    ]

def _status(ctx):
    # What the workspace status command said, as it is when the program runs: nothing is built anew for it.
    links = []
    for name, file in {"stable": ctx.info_file, "volatile": ctx.version_file}.items():
        link = ctx.actions.declare_file("{}.{}-status.txt".format(ctx.label.name, name))
        ctx.actions.symlink(output = link, target_file = file)
        links.append(link)
    return links

_ATTRS = {
    "data": attr.label_list(allow_files = True, doc = "What the program reads; `args` and `env` may name it by `$(rootpath)`."),
    "env": attr.string_dict(doc = "Environment variables that are set for the program."),
    "program": attr.label(mandatory = True, allow_files = True, executable = True, cfg = "target", doc = "The program."),
    "status": attr.bool(doc = "Whether the program is told, by WEAVSTER_STATUS_FILES, what Bazel's workspace status command said."),
}

program = rule(
    implementation = _impl,
    doc = "Runs a program with the target's `args`, and those of the command line after them.",
    attrs = _ATTRS,
    executable = True,
)

program_test = rule(
    implementation = _impl,
    doc = "A test that is a program with arguments.",
    attrs = _ATTRS,
    test = True,
)
