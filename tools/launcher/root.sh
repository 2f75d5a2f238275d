# shellcheck shell=bash disable=SC2154
# Where the private toolchain is, and how a command enters it. Sourced by tools/bazel and provision.sh, which set
# $launcher, the folder of this file.

# shellcheck source-path=SCRIPTDIR source=versions.sh
source "$launcher/versions.sh"

HOME=${HOME:-~}
store=${XDG_CACHE_HOME:-$HOME/.cache}/weavster/toolchain
root=$(printf '%s\n' "$layout" "$suite" "${packages[@]}" "$HOSTTYPE" | sha256sum)
root=$store/root-${root:0:12}
# A folder of the root: by it a process knows where it is, and its path is the same on every machine.
inside=/usr/share/weavster
rule_sets=$(cat "$launcher"/{versions,modules,registry}.sh | sha256sum)
rule_sets=$inside/${rule_sets:0:12}

# To a terminal, over the line that shows progress.
say() {
    [[ ! -t 2 ]] || printf '\r\e[K' >&2
    printf 'tools/bazel: %s\n' "$*" >&2
}

fail() {
    say "$@"
    exit 1
}

# Variables that name a tool or a library of the host, which isn't in the root.
host_only=(CC CXX GOROOT JAVA_HOME LD_LIBRARY_PATH LD_PRELOAD PYTHONHOME RUSTC RUSTC_WRAPPER)

# enter ROOT OPTION... COMMAND...: replaces this process by a command in a root; the options are bwrap's. System folders
# are the root's; the network, the user, the processes, the environment and all other folders are the host's.
# Nothing here ends the command's children with it: the Bazel server has to outlive its client.
enter() {
    local options=() path
    for path in /*; do
        case ${path#/} in
        bin | boot | dev | etc | lib* | lost+found | proc | sbin | sys | usr | var) ;;
        *) [[ -d $path && -r $path ]] && options+=(--bind "$path" "$path") ;;
        esac
    done
    # A home or a workspace may lie in a system folder: /var/lib/jenkins, say.
    for path in /var/tmp "$HOME" "$PWD"; do
        [[ -d $path ]] && options+=(--bind "$path" "$path")
    done
    for path in /etc/{resolv.conf,hosts,passwd,group,bazel.bazelrc}; do
        [[ -e $path ]] && options+=(--ro-bind "$path" "$path")
    done
    for path in "${host_only[@]}"; do
        options+=(--unsetenv "$path")
    done
    exec bwrap --bind "$1" / --dev-bind /dev /dev --proc /proc --bind /sys /sys "${options[@]}" --chdir "$PWD" \
        --setenv PATH /usr/lib/go-1.26/bin:/usr/bin:/bin:/usr/sbin:/sbin --setenv LC_ALL C.UTF-8 "${@:2}"
}

# enter_bazel ARGUMENT...: with the generated settings and the certificates that the host trusts at this moment, a
# company's included.
enter_bazel() {
    local options=(--ro-bind "$root$rule_sets/bazelrc" /etc/bazel/bazelrc) path
    for path in /etc/ssl/certs/{ca-certificates.crt,java/cacerts}; do
        [[ -s $path && -e $root$path ]] && options+=(--ro-bind "$path" "$path")
    done
    enter "$root" "${options[@]}" bazel "$@"
}
