#!/bin/bash
# Makes a Bazel registry in a folder, so that Bazel resolves modules where the Central Registry isn't reached.
# Usage, inside the toolchain root: registry.sh FOLDER NAME=VERSION=SOURCE...
#
# A registry rather than overrides: Bazel refuses to override a module that a workspace doesn't depend on, while an
# entry that nobody asks for costs nothing, so one list serves every workspace.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=versions.sh
source "$(dirname -- "$(readlink -f -- "$0")")/versions.sh"
registry=$1
shift
real=("$@")
stubs=$registry/stubs

# Needed only by parts of the rule sets that nothing here builds, but named in their module files.
stub_names=(apple_support aspect_rules_js buildozer package_metadata protobuf zlib)

# entry NAME VERSION SOURCE: the source folder as a version of a module.
# Versions between the real modules are rewritten to what there is: rules_go names a newer gazelle than the one that
# still works with this Bazel, and selection would pick the higher number.
entry() {
    local folder=$registry/modules/$1/$2 file=MODULE.bazel rewrite=() r name version
    for r in "${real[@]}"; do
        IFS='=' read -r name version _ <<<"$r"
        rewrite+=(-e "s/^\(bazel_dep(name = \"$name\", version = \"\)[^\"]*/\1$version/")
    done
    mkdir -p "$folder"
    # A registry's module file must state the version; copied sources state none or 0.0.0.
    sed -e "/^module(/,/)/{/^ *version = /d;s/^module(/module(version = \"$2\", /;}" "${rewrite[@]}" "$3/$file" >"$folder/$file"
    printf '{"type": "local_path", "path": "%s"}\n' "$3" >"$folder/source.json"
}

# asked_versions NAME: every version that some module file at hand asks of a module.
asked_versions() {
    cat /usr/share/bazel/embedded_tools/MODULE.bazel /usr/share/bazel/*/*/MODULE.bazel "${real[@]/%//MODULE.bazel}" |
        tr -d ' \n' | grep -o "bazel_dep(name=\"$1\",version=\"[^\"]*" | sed 's/.*"//' | sort -u
}

make_stub() {
    mkdir -p "$stubs/$1"
    printf 'module(name = "%s")\n' "$1" >"$stubs/$1/MODULE.bazel"
    : >"$stubs/$1/BUILD.bazel"
}

# `bazel mod graph` loads it, and `bazel mod tidy` runs the program.
make_buildozer() {
    cat >"$stubs/buildozer/buildozer_binary.bzl" <<BZL
def _buildozer_impl(repository_ctx):
    result = repository_ctx.execute(
        [repository_ctx.which("go"), "install", "$buildozer"],
        environment = {"GOBIN": str(repository_ctx.path("bin")), "GOFLAGS": "", "GOWORK": "off"},
    )
    if result.return_code:
        fail("buildozer could not be built: " + result.stderr)
    repository_ctx.symlink("bin/buildozer", "buildozer.exe")
    repository_ctx.file("BUILD.bazel", "exports_files([\"buildozer.exe\"])\n")

_buildozer = repository_rule(implementation = _buildozer_impl)

buildozer_binary = module_extension(implementation = lambda _ctx: _buildozer(name = "buildozer_binary"))
BZL
}

# Loaded wherever Go modules are: gazelle writes these into the BUILD files of every Go module.
make_package_metadata() {
    mkdir -p "$stubs/package_metadata/rules" "$stubs/package_metadata/providers"
    : >"$stubs/package_metadata/rules/BUILD.bazel"
    : >"$stubs/package_metadata/providers/BUILD.bazel"
    cat >"$stubs/package_metadata/providers/package_metadata_info.bzl" <<'BZL'
PackageMetadataInfo = provider(doc = "Declared so that it can be loaded.", fields = ["metadata", "files"])
BZL
    cat >"$stubs/package_metadata/rules/package_metadata.bzl" <<'BZL'
def _package_metadata_impl(_ctx):
    return []

_package_metadata = rule(
    implementation = _package_metadata_impl,
    attrs = {"attributes": attr.label_list(), "purl": attr.string()},
)

# A package's default would make the target describe itself.
def package_metadata(name, **kwargs):
    _package_metadata(name = name, applicable_licenses = [], **kwargs)
BZL
}

main() {
    local r name version source
    rm -rf "$registry/modules" "$stubs"
    mkdir -p "$stubs"
    for r in "${real[@]}"; do
        IFS='=' read -r name version source <<<"$r"
        entry "$name" "$version" "$source"
    done
    real=("${real[@]##*=}")
    for name in "${stub_names[@]}"; do
        make_stub "$name"
    done
    make_buildozer
    make_package_metadata
    printf '{}\n' >"$registry/bazel_registry.json"
    for name in "${stub_names[@]}"; do
        for version in $(asked_versions "$name"); do
            (real=() && entry "$name" "$version" "$stubs/$name")
        done
    done
}

main
