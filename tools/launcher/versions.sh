# shellcheck shell=bash disable=SC2034
# What the private toolchain consists of. This is the only list: the scripts here source it, and a test compares the
# module versions with the bazel_dep lines of MODULE.bazel.

# Raised when provision.sh makes a root that differs though the lists below don't.
layout=1

suite=forky
packages=(
    bazel-bootstrap bazel-features bazel-rules-rust bazel-rules-shell bazel-skylib
    cargo rustc rustfmt rust-clippy libstd-rust-dev-wasm32 lld
    golang-1.26-go
    maven
    ca-certificates-java curl git patch procps unzip xz-utils zip
    # What tests hold images against: they read, unpack and run them. netavark is never run: it stands for a container
    # network, which skopeo's configuration depends on, where apt would take one of four times the size.
    skopeo umoci crun netavark
)

# On the host, to make the root and to run in it. `uidmap` is only for users who aren't root.
host_packages=(bubblewrap debian-archive-keyring mmdebstrap)

# tool, major version (- for any), lowest version: Debian's suite moves, and what moved too far is refused.
tools=(
    "bazel 7 7.7"
    "rustc 1 1.90"
    "go 1 1.26"
    "lld - 18"
)

# module, version, and the folder of the root or the Go module that has its source. rules_go and gazelle: newer ones
# want a newer bazel_features than Debian's.
modules=(
    "rules_go 0.62.0 go:github.com/bazelbuild/rules_go"
    "gazelle 0.47.0 go:github.com/bazelbuild/bazel-gazelle"
    "rules_rust 0.54.1 /usr/share/bazel/rules/rust"
    "rules_shell 0.4.0 /usr/share/bazel/rules/shell"
)

# Built from its source when `bazel mod` first wants it.
buildozer=github.com/bazelbuild/buildtools/buildozer@v0.0.0-20250930140053-2eb4fccefb52

# Measured: shown before anything is installed, and checked against the free space.
download_mb=950
disk_mb=2060
package_count=369
minutes=5
