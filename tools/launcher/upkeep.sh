#!/bin/bash
# The launcher's own words: upkeep.sh info|remove
set -euo pipefail

launcher=$(dirname -- "$(readlink -f -- "$0")")
# shellcheck source-path=SCRIPTDIR source=root.sh
source "$launcher/root.sh"

info() {
    local each tool version
    if [[ ! -d $root ]]; then
        echo "No private toolchain here; it would be $root ($disk_mb MB)."
    fi
    for each in "$store"/root-*; do
        [[ ! -d $each ]] || du -sh "$each" 2>/dev/null || true # A plain user can't read all of it.
    done
    [[ -e $root$rule_sets/bazelrc ]] || return 0
    for tool in "bazel --version" "go version" "rustc --version" "java --version" "gcc --version" "ld.lld --version"; do
        # shellcheck disable=SC2086 # A command and its argument.
        version=$( (enter "$root" $tool) | head -1)
        printf '%-6s %s\n' "${tool%% *}" "$version"
    done
    printf 'module %s\n' "${modules[@]% *}"
}

# The processes that run in one of our roots.
inside() {
    local process each
    for process in /proc/[0-9]*; do
        for each in "$store"/root-*; do
            [[ ! $process/root/usr -ef $each/usr ]] || echo "${process#/proc/}"
        done
    done
}

# A server that outlived its root would answer the next client from deleted files.
stop_servers() {
    local pid others=()
    for pid in $(inside); do
        if tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q 'A-server.jar'; then
            kill "$pid"
            timeout 20 tail --pid="$pid" -f /dev/null || others+=("$pid")
        else
            others+=("$pid")
        fi
    done
    [[ ${#others[@]} -eq 0 ]] || fail "not removed: still running in the toolchain: $(ps -o pid=,comm= -p "${others[*]}" |
        tr -s ' \n' ' ')"
}

remove() {
    local as_root=()
    if [[ ! -d $store ]]; then
        echo "Nothing to remove: there is no $store."
        return
    fi
    exec 9>"$store/lock"
    flock --nonblock 9 || fail "not removed: another run is making the toolchain at this moment"
    stop_servers
    # A plain user's root has some files of the user's subordinate ids.
    ((EUID == 0)) || as_root=(unshare --user --map-root-user --map-auto)
    [[ ! -s $store/host-packages ]] || printf 'Left on this host, installed for the toolchain: %s\n' "$(sort -u "$store/host-packages" | tr '\n' ' ')"
    "${as_root[@]}" rm -rf --one-file-system "$store"
    rmdir --ignore-fail-on-non-empty "${store%/*}"
    echo "Removed $store."
}

"$1"
