#!/bin/bash
# Makes, inside the toolchain root, the folder that lets Bazel resolve modules: modules.sh FOLDER
# FOLDER gets the rule sets that come from the Go module proxy, a registry that leads to them, and the root's bazelrc.
set -euo pipefail

here=$(dirname -- "$(readlink -f -- "$0")")
# shellcheck source-path=SCRIPTDIR source=versions.sh
source "$here/versions.sh"
folder=$1

# fetch GO_MODULE VERSION NAME: a rule set's source, writable, as its repository has it.
fetch() {
    local source
    source=$(go mod download -json "$1@v$2" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
    cp -r "$source" "$folder/$3"
    chmod -R u+w "$folder/$3"
    # Module archives carry no executable bit.
    find "$folder/$3" -type f -print0 | xargs -0 awk 'FNR == 1 && /^#!/ { printf "%s%c", FILENAME, 0 } { nextfile }' |
        xargs -0 chmod +x
}

# Gazelle builds itself from a vendor folder, and would read its tests' BUILD files. Where only registries are reached,
# the BUILD and .proto files that some Go modules carry can't be used, whoever the root module is: so generating them
# anew has to be the default rather than a setting of the root module.
adapt_gazelle() {
    local defaults=$folder/gazelle/internal/bzlmod/go_deps.bzl
    rm -rf "$folder/gazelle/tests"
    sed -i 's/\[\], "directives")$/["gazelle:proto disable"], "directives")/
            s/"auto", "build_file_generation")$/"clean", "build_file_generation")/' "$defaults"
    if ! grep -q '"gazelle:proto disable"\], "directives")$' "$defaults" ||
        ! grep -q '"clean", "build_file_generation")$' "$defaults"; then
        echo "gazelle's go_deps.bzl no longer has the defaults that modules.sh changes" >&2
        return 1
    fi
    (cd "$folder/gazelle" && go mod vendor -e)
}

# The root's own settings, without Debian's --sandbox_debug, which keeps every sandbox on disk, and with the
# option that warns at each start left out. The JVM argument restarts a server that was started with other rule sets.
write_bazelrc() {
    grep -v -e --sandbox_debug -e --host_javabase /etc/bazel/bazelrc
    echo "startup --host_jvm_args=-Dweavster.toolchain=$folder"
    echo "common --registry=file://$folder/registry"
    echo "common --lockfile_mode=off"
    echo "common --noenable_workspace"
    echo "common --tool_java_runtime_version=local_jdk"
}

main() {
    # Actions and tests have a PATH without Debian's folder of this Go, and may run Bazel, which wants it.
    ln -sf /usr/lib/go-1.26/bin/go /usr/lib/go-1.26/bin/gofmt /usr/local/bin/
    local m name version source entries=()
    rm -rf "$folder"
    mkdir -p "$folder/download"
    export GOMODCACHE=$folder/download GOCACHE=$folder/download/build GOFLAGS=-modcacherw GOTOOLCHAIN=local GOWORK=off
    cd "$folder"
    for m in "${modules[@]}"; do
        read -r name version source <<<"$m"
        if [[ $source == go:* ]]; then
            fetch "${source#go:}" "$version" "$name"
            source=$folder/$name
        fi
        entries+=("$name=$version=$source")
    done
    adapt_gazelle
    rm -rf "$folder/download"
    bash "$here/registry.sh" "$folder/registry" "${entries[@]}"
    write_bazelrc >"$folder/bazelrc.new"
    mv "$folder/bazelrc.new" "$folder/bazelrc" # The sign that the folder is whole.
}

main
