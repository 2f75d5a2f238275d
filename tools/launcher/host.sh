# shellcheck shell=bash disable=SC2154
# Whether a Bazel of the host's is to be used. Sourced by tools/bazel.

# Sets $host_bazel to the Bazel to hand over to; empty means the private toolchain.
choose_host_bazel() {
    host_bazel=
    case ${WEAVSTER_TOOLCHAIN:-auto} in
    private) return ;;
    auto | host) ;;
    *) fail "WEAVSTER_TOOLCHAIN is \"$WEAVSTER_TOOLCHAIN\"; it can be auto, host or private" ;;
    esac
    host_bazel=${BAZEL_REAL:-$(bazel_on_path)}
    if [[ ${WEAVSTER_TOOLCHAIN:-auto} == host ]]; then
        [[ -n $host_bazel ]] || fail "WEAVSTER_TOOLCHAIN is host, but neither bazelisk nor bazel is on the PATH"
    elif [[ -z ${BAZEL_REAL:-} && -n $host_bazel ]] && ! works "$host_bazel"; then
        host_bazel=
    fi
}

# The first bazelisk or bazel that isn't this launcher under another name.
bazel_on_path() {
    local candidate
    while read -r candidate; do
        if [[ ! $candidate -ef $launcher/../bazel ]]; then
            echo "$candidate"
            return
        fi
    done < <(type -aP bazelisk bazel)
}

# works BAZEL: whether it has the major version that the workspace asks for, and reaches its registry. What a registry
# is called and how it is reached is for Bazel to know, so Bazel itself is asked, with an empty module. That takes
# seconds: the answer is kept for as long as the program stays the same.
works() {
    local wanted=7 key answer=no
    [[ -r $workspace/.bazelversion ]] && read -r wanted <"$workspace/.bazelversion"
    wanted=${wanted%%.*}
    key="$1 $(stat -Lc '%Y %s' "$1") $wanted"
    if [[ -r $store/host-bazel ]]; then
        ! grep -Fxq "yes $key" "$store/host-bazel" || return 0
        ! grep -Fxq "no $key" "$store/host-bazel" || return 1
    fi
    say "asking $1 once whether it reaches its registry (WEAVSTER_TOOLCHAIN=host or private skips the question)"
    resolves "$1" "$wanted" && answer=yes
    mkdir -p "$store"
    echo "$answer $key" >>"$store/host-bazel"
    [[ $answer == yes ]]
}

# resolves BAZEL MAJOR: in a process of its own, in a folder that goes away again.
resolves() (
    probe=$(mktemp -d)
    trap 'chmod -R u+w "$probe"; rm -rf "$probe"' EXIT
    cd "$probe" || exit 1
    touch MODULE.bazel BUILD.bazel
    [[ ! -r $workspace/.bazelversion ]] || cp "$workspace/.bazelversion" .
    version=$(timeout 60 "$1" --version 2>/dev/null)
    [[ $version == "bazel $2."* ]] || exit 1
    timeout 60 "$1" --batch --output_user_root="$probe/out" mod graph --lockfile_mode=off >/dev/null 2>&1
)
