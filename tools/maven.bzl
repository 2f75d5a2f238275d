"""The user's Maven client, with the user's settings, for repository rules that fetch from it."""

# Pinned, so that Maven doesn't look for a newer one.
_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"

def maven(rctx, what, goal, arguments):
    """Runs a goal of the dependency plugin.

    Args:
      rctx: the repository rule's context.
      what: what is fetched, as the beginning of an error: "Postgres for tests and for //:run".
      goal: such as `copy`.
      arguments: of the goal.
    """
    mvn = rctx.which("mvn")
    if not mvn:
        fail(what + " comes through Maven, and there is no `mvn` on the PATH: install Maven, " +
             "or run Bazel by tools/bazel, whose toolchain has one")
    command = [mvn, "--batch-mode", "--quiet", "{}:{}".format(_PLUGIN, goal)]
    result = rctx.execute(command + arguments, timeout = 1200)
    if result.return_code != 0:
        fail("{} can't be had from Maven:\n{}{}".format(what, result.stdout, result.stderr))
