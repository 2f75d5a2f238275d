# shellcheck shell=bash disable=SC2154
# What of the workspace matters before Bazel starts. Sourced by tools/bazel.

# Sets $workspace to the nearest folder above that Bazel takes for one, empty if there is none.
find_workspace() {
    workspace=$PWD
    while [[ -n $workspace ]]; do
        [[ ! -e $workspace/MODULE.bazel && ! -e $workspace/REPO.bazel && ! -e $workspace/WORKSPACE ]] || return 0
        workspace=${workspace%/*}
    done
}

# Bazel takes a module from a registry only if that has the very version asked for. The toolchain has one version of
# each rule set, so another one that the workspace names is added to the registry, leading to the same source.
serve_asked_versions() {
    local registry=$root$rule_sets/registry/modules name asked have list
    [[ -r $workspace/MODULE.bazel ]] || return 0
    list=" ${modules[*]} "
    while IFS='"' read -r _ name _ asked _; do
        [[ -d $registry/$name ]] || continue
        have=${list#* "$name" }
        have=${have%% *}
        if [[ $list != *" $name "* ]]; then
            say "note: $name is only a stand-in here; what needs more of it than its name fails"
        elif [[ $asked != "$have" ]]; then
            add_version "$name" "$have" "$asked"
        fi
    done < <(tr -d ' \n' <"$workspace/MODULE.bazel" | grep -oE 'bazel_dep\(name="[^"]+",version="[^"]+"')
}

add_version() {
    local folder=$registry/$1/$3
    if [[ $(printf '%s\n' "$2" "$3" | sort -V | tail -1) == "$3" ]]; then
        say "note: $1 $3 is asked for; the toolchain has $2 and uses that"
    fi
    [[ ! -d $folder ]] || return 0
    cp -r "$registry/$1/$2" "$folder.$$"
    sed -i "s/^module(version = \"$2\"/module(version = \"$3\"/" "$folder.$$/MODULE.bazel"
    mv -T "$folder.$$" "$folder" 2>/dev/null || rm -rf "$folder.$$"
}
