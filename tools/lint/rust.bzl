"""Lint of Rust, as tests."""

load("@bazel_skylib//rules:build_test.bzl", "build_test")
load("@rules_rust//rust:defs.bzl", "rust_clippy", "rustfmt_test")

def rust_lint(targets):
    """Checks that sources are formatted and that Clippy finds nothing; warnings are errors.

    Declares `rustfmt_test` and `clippy_test`, so a package has this once.

    Args:
      targets: the package's crates and their tests.
    """
    rustfmt_test(
        name = "rustfmt_test",
        size = "small",
        targets = targets,
    )
    rust_clippy(
        name = "clippy",
        testonly = True,
        deps = targets,
    )
    build_test(
        name = "clippy_test",
        size = "small",
        targets = [":clippy"],
    )
