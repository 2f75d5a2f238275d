"""A program of ours, run on given files with given arguments."""

def _impl(ctx):
    program = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = program, target_file = ctx.executable.program, is_executable = True)
    runfiles = ctx.runfiles(ctx.files.data)
    return [
        DefaultInfo(
            executable = program,
            runfiles = runfiles.merge(ctx.attr.program[DefaultInfo].default_runfiles),
        ),
        RunEnvironmentInfo({
            name: ctx.expand_location(value, ctx.attr.data)
            for name, value in ctx.attr.env.items()
        }),
    ]

_ATTRS = {
    "data": attr.label_list(allow_files = True, doc = "What the program reads; `args` and `env` may name it by `$(rootpath)`."),
    "env": attr.string_dict(doc = "Environment variables that are set for the program."),
    "program": attr.label(mandatory = True, executable = True, cfg = "target", doc = "The program."),
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
