#!/bin/bash
# Makes the private toolchain: a Debian root in the user's cache folder, and in it the rule sets and a registry.
# Run by tools/bazel when there is none. Safe to interrupt, and to start twice.
set -euo pipefail

launcher=$(dirname -- "$(readlink -f -- "$0")")
# shellcheck source-path=SCRIPTDIR source=root.sh
source "$launcher/root.sh"

building=$root.building
debs=$store/debs
log=$store/provision.log
user=$(id -u)
elsewhere="Elsewhere, install Bazelisk: it runs this workspace with Bazel's own downloads."

announce() {
    cat >&2 <<TEXT
tools/bazel: no Bazel here that reaches its registry, so this makes a private toolchain, once:
  what    Bazel, Go, Rust, a JDK and a C compiler: Debian $suite packages, checked by Debian's signatures
  where   $root
  size    about $download_mb MB to download, $disk_mb MB on disk
  time    about $minutes minutes, most of it downloading; an interrupted download goes on where it was
  undo    tools/bazel toolchain-remove
TEXT
}

# One run at a time. The programs that this one starts hold the lock too, so it is free only when all have ended.
take_lock() {
    mkdir -p "$store"
    exec 9>"$store/lock"
    if ! flock --nonblock 9; then
        say "another run is making the toolchain; waiting for it (its progress: $log)"
        flock 9
    fi
}

check_host() {
    local missing=() package
    type -P dpkg-query >/dev/null ||
        fail "the private toolchain is made of Debian packages and needs a Debian or Ubuntu host. $elsewhere"
    ((user == 0)) || host_packages+=(uidmap)
    for package in "${host_packages[@]}"; do
        dpkg-query -Wf '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing+=("$package")
    done
    if ((${#missing[@]} && user)); then
        fail "needs the package(s) ${missing[*]} on this host: sudo apt-get install ${missing[*]}. $elsewhere"
    elif ((${#missing[@]})); then
        say "installing on this host, to make and enter the toolchain: ${missing[*]}"
        { apt-get update && apt-get install --yes --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 9>&- ||
            fail "apt-get could not install ${missing[*]}: $(grep -m1 '^E:' "$log" || true) (all of it: $log)"
        printf '%s\n' "${missing[@]}" >>"$store/host-packages"
    fi
    bwrap --bind / / --dev-bind /dev /dev --proc /proc true 2>"$log" ||
        fail "no mount namespace for $(id -un): $(<"$log"). In a container, allow them (--privileged or CAP_SYS_ADMIN);" \
            "for a plain user, allow user namespaces. $elsewhere"
}

check_disk() {
    local free
    free=$(df --output=avail -BM "$store" | tail -1 | tr -dc '0-9')
    ((free >= disk_mb + download_mb)) ||
        fail "needs $((disk_mb + download_mb)) MB free in $store for a while, and there are $free MB." \
            "XDG_CACHE_HOME moves it to another disk."
}

# Debian's own mirror setting is the host's, where the host is Debian; else mmdebstrap knows one.
mirror() {
    if [[ -n ${WEAVSTER_DEBIAN_MIRROR:-} ]]; then
        echo "deb $WEAVSTER_DEBIAN_MIRROR $suite main"
    elif grep -qx 'ID=debian' /etc/os-release; then
        # shellcheck disable=SC2016 # apt-get and mmdebstrap expand these, not the shell.
        apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' |
            sed -n "s|^\(.*/debian\)/*\$|deb \1 $suite main|p" | head -1
    fi
}

# as_root COMMAND...: as root, or as the root of a user namespace, in which files that "root" makes are the user's own.
# In namespaces of its own, so that an interrupted run, even a killed one, leaves neither mounts nor processes behind.
as_root() {
    local options=(--mount --mount-proc --pid --fork --kill-child)
    ((user == 0)) || options+=(--user --map-root-user --map-auto)
    setpriv --pdeathsig KILL unshare "${options[@]}" "$@"
}

# bootstrap APT_OPTION...: the root, without what only people read. The downloaded packages lie outside until it is
# whole, for the next run if this one is interrupted.
bootstrap() {
    local sources
    sources=$(mirror)
    apt-config dump Acquire::http >"$store/apt.conf"
    apt-config dump Acquire::https >>"$store/apt.conf"
    # shellcheck disable=SC2016
    as_root mmdebstrap --mode=root --variant=minbase --format=directory \
        --aptopt="$store/apt.conf" --aptopt='APT::Install-Recommends "false"' "${@/#/--aptopt=}" \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/lib/jvm/*/jmods/*' \
        --dpkgopt='path-exclude=/usr/share/go-*/test/*' \
        --dpkgopt='path-exclude=/usr/lib/rustlib/wasm32-unknown-unknown/*' \
        --dpkgopt='path-exclude=/usr/lib/rustlib/wasm32-wasip2/*' \
        --skip=essential/unlink,download/empty,cleanup/apt/cache \
        --setup-hook='mkdir -p "$1/var/cache/apt/archives" "$1/usr/share/man/man1"' \
        --setup-hook="mount --bind '$debs' \"\$1/var/cache/apt/archives\"" \
        --customize-hook='umount "$1/var/cache/apt/archives"' \
        --include="$(IFS=, && echo "${packages[*]}")" "$suite" "$building" ${sources:+"$sources"} >"$log" 2>&1
}

# Every ten seconds how far it is; on a terminal, one line that changes every second.
show_progress() {
    local every=10 line nothing
    [[ ! -t 2 ]] || every=1
    # Waiting without a process of its own, which would outlive this one and hold the output open.
    exec {nothing}<> <(:)
    while ! read -rt "$every" -u "$nothing" && kill -0 $$ 2>/dev/null; do
        line="$SECONDS s: $(megabytes "$debs") of about $download_mb MB downloaded,"
        line+=" $(count '^Status: install ok ') of about $package_count packages unpacked,"
        line+=" $(count '^Status: install ok installed') set up"
        if [[ -t 2 ]]; then
            printf '\r\e[Ktools/bazel: %s' "$line" >&2
        else
            say "$line"
        fi
    done
}

# A plain user can't read all of what "root" made.
megabytes() {
    { du -sm "$1" 2>/dev/null || true; } | cut -f1
}

# count PATTERN: the packages of the root that is being made whose state is such.
count() {
    grep -cs "$1" "$building/var/lib/dpkg/status" || [[ -e $building/var/lib/dpkg/status ]] || echo 0
}

# A mirror that stopped being updated still carries Debian's signatures, but no fresh date.
explain_stale() {
    local age
    age=$(sed -n 's/.* is expired (invalid since \([^)]*\)).*/\1/p' "$log" | head -1)
    [[ $age != *d\ * ]] || age="${age%%d *} days"
    say "WARNING: the Debian mirror is stale: what it says about $suite expired $age ago, so security fixes since then" \
        "are missing. Going on with it; Debian's signatures are still verified."
}

explain_failure() {
    local package reason
    package=$(sed -n "s/^E: Unable to locate package //p; s/^E: Package '\(.*\)' has no installation candidate/\1/p" \
        "$log" | head -1)
    [[ -z $package ]] || fail "Debian $suite has no package $package any more, so this version of the launcher can't" \
        "make its toolchain. $elsewhere"
    reason=$(grep '^E: ' "$log" | grep -v -e '^E: setup failed' -e '^E: mmdebstrap failed' | head -1)
    fail "the toolchain could not be made: ${reason:-$(tail -1 "$log")} (all of it: $log)." \
        "The next run goes on with what is downloaded. $elsewhere"
}

remove_unfinished() {
    [[ ! -e $building ]] || as_root rm -rf --one-file-system "$building"
}

make_root() {
    local ok=true
    remove_unfinished
    mkdir -p "$debs/partial"
    bootstrap || ok=false
    if ! $ok && grep -q 'is expired (invalid since' "$log"; then
        explain_stale
        remove_unfinished
        ok=true
        bootstrap 'Acquire::Check-Valid-Until "false"' || ok=false
    fi
    $ok || explain_failure
}

# refused NAME FOUND MAJOR LOWEST: whether a tool's version is one that wasn't meant.
refused() {
    [[ $3 != - && ${2%%.*} != "$3" ]] || [[ $(printf '%s\n' "$2" "$4" | sort -V | head -1) != "$4" ]]
}

check_versions() {
    local tool name major lowest found
    for tool in "${tools[@]}"; do
        read -r name major lowest <<<"$tool"
        case $name in
        go) found=$(in_new_root go version) ;;
        lld) found=$(in_new_root ld.lld --version) ;;
        *) found=$(in_new_root "$name" --version) ;;
        esac
        found=$(grep -oE '[0-9]+\.[0-9.]+[0-9]' <<<"$found" | head -1)
        if refused "$name" "$found" "$major" "$lowest"; then
            fail "Debian $suite now has $name $found; this launcher was made for ${major/#-/any} (at least $lowest)." \
                "A newer launcher is needed. $elsewhere"
        fi
    done
}

# In a process of its own, since entering replaces the process; without the lock, which a server would keep.
in_new_root() {
    (enter "$building" "$@" 9>&-)
}

# The JDK and everything else in the root trust what the host trusts.
trust_host() {
    local bundle=/etc/ssl/certs/ca-certificates.crt folder=$building/usr/local/share/ca-certificates
    [[ -s $bundle ]] || return 0
    awk -v folder="$folder" '
        /BEGIN CERTIFICATE/ { file = folder "/host-" ++n ".crt" }
        file { print >file }
        /END CERTIFICATE/ { close(file); file = "" }' "$bundle"
    in_new_root update-ca-certificates >>"$log" 2>&1 || fail "the host's certificates could not be taken over: $log"
}

add_rule_sets() {
    (enter "$root" bash "$launcher/modules.sh" "$rule_sets" 9>&-) >>"$log" 2>&1 ||
        fail "the rule sets could not be had from the Go module proxy: $(tail -1 "$log") (all of it: $log)"
}

stop() {
    [[ -z ${progress:-} ]] || kill "$progress" 2>/dev/null || true
    remove_unfinished
}

main() {
    [[ -d $root ]] || announce
    take_lock
    check_host
    if [[ ! -d $root ]]; then
        check_disk
        trap stop EXIT
        trap 'say "interrupted; the next run goes on with what is downloaded"; exit 130' INT TERM
        mkdir -p "$debs/partial"
        show_progress 9>&- &
        progress=$!
        make_root
        trust_host
        check_versions
        mv "$building" "$root"
        as_root rm -rf "$debs"
        stop
        progress=
    fi
    [[ -e $root$rule_sets/bazelrc ]] || add_rule_sets
    say "the toolchain is ready after $SECONDS s: $(megabytes "$root") MB"
}

# One line, so that nothing more is read from this file when it changes during the run.
main; exit
