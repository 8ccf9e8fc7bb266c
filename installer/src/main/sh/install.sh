#!/bin/sh
# Installs, repairs or upgrades: from a release that lies here unpacked to a node that is ready. What is
# carried on a medium is checked and unpacked by map-sovereign-<version>-install.sh, which runs this.
#
# How it goes about, and what each kill leaves: docs/internals/install.md.
set -eu

usage() {
    cat <<'END'
Usage: install.sh [--prefix DIR | --root DIR] [--unattended FILE] [--dry-run] …

Finds everything that would stand in the way, shows what it will do, does it, and is done when the node
answers that it is ready. A second run does nothing; one that was killed is finished by the next.

  --prefix DIR         everything below DIR, without root and without systemd: for trials
  --root DIR           into the root file system below DIR: for images; keys are made at its first boot
  --unattended FILE    answers, one NAME=VALUE a line; what is not there has its default
  --dry-run            shows findings and plan, changes nothing
  --no-start           does not start the node
  --development        accepts a release that a development key signed
  --allow-downgrade    accepts a release that is older than the installed one
  --allow-skip         accepts one that is too far ahead of the installed one to take over from it
  --database-is-saved  for an upgrade with PostgreSQL: you have a backup
  --state              prints what is installed, as far as it does not depend on chance, and changes nothing
  --state-hash         prints the digest of that
  --help               shows this

Answers, with their defaults:
  node_name      this host's name          organization  Site
  tenant         main                      names         node_name,localhost,127.0.0.1 (in the certificate)
  bind           0.0.0.0:8443, with --prefix 127.0.0.1:8443
  metrics_port   9091 (loopback)           registry_bind 127.0.0.1:7780
  operator       operator.<first name>     ready_within  120 (seconds until /ready must answer)
  ca_import      nothing: an authority of the site's own is made. A folder: that one is taken over
  prepare        full: after the first answer, 20 s for starts in half the time; quick: 5 s, two thirds

Exit codes: 0 installed, or there was nothing to do · 1 a step failed, or an upgrade, which has gone back
· 2 usage, or a wrong answer · 3 this host, or the release that is installed: findings, nothing was begun
· 4 the release is not what its MANIFEST says, or a development key signed it; nothing was begun

Example:
  ./install.sh --unattended answers.txt
END
}

me=install.sh
here=$(cd "$(dirname "$0")" && pwd -P)
prefix='' root='' unattended='' dry_run='' no_start='' development='' allow_downgrade='' allow_skip=''
database_is_saved='' state_hash='' staged='' counter='' signed_by=unchecked
answer_names='node_name organization tenant names bind metrics_port registry_bind operator ready_within ca_import prepare'

# shellcheck source=installer/src/main/sh/install/common.sh
. "$here/install/common.sh"
# shellcheck source=installer/src/main/sh/install/preflight.sh
. "$here/install/preflight.sh"
# shellcheck source=installer/src/main/sh/install/units.sh
. "$here/install/units.sh"
# shellcheck source=installer/src/main/sh/install/steps.sh
. "$here/install/steps.sh"
# shellcheck source=installer/src/main/sh/install/site.sh
. "$here/install/site.sh"
# shellcheck source=installer/src/main/sh/install/upgrade.sh
. "$here/install/upgrade.sh"

# ------------------------------------------------------------------ options

# folder OPTION VALUE: an absolute path, without what would confuse a manifest of lines.
folder() {
    case $2 in
        *[!A-Za-z0-9./_-]* | *//* | */../* | */.. | '') fail 2 "$1 takes an absolute path of A-Za-z0-9./_- alone" ;;
        /?*) printf '%s\n' "${2%/}" ;;
        *) fail 2 "$1 takes an absolute path" ;;
    esac
}

parse() {
    while [ $# -gt 0 ]; do
        case $1 in
            --prefix | --root | --unattended | --release-counter | --signed-by)
                [ $# -ge 2 ] || fail 2 "$1 needs a value" "see $me --help"
                case $1 in
                    --prefix) prefix=$(folder "$1" "$2") ;;
                    --root) root=$(folder "$1" "$2") ;;
                    --unattended) unattended=$2 ;;
                    # From the medium's installer, which has checked what says so.
                    --release-counter) counter=$2 ;;
                    --signed-by) signed_by=$2 ;;
                esac
                shift
                ;;
            --staged) staged=yes ;;
            --dry-run) dry_run=yes ;;
            --no-start) no_start=yes ;;
            --development) development=yes ;;
            --allow-downgrade) allow_downgrade=yes ;;
            --allow-skip) allow_skip=yes ;;
            --database-is-saved) database_is_saved=yes ;;
            --state) state_hash=text ;;
            --state-hash) state_hash=digest ;;
            -h | --help)
                usage
                exit 0
                ;;
            *) fail 2 "unknown option '$1'" "see $me --help" ;;
        esac
        shift
    done
    [ -z "$prefix" ] || [ -z "$root" ] || fail 2 '--prefix and --root exclude each other'
    if [ -n "$root" ] && [ ! -d "$root" ]; then fail 3 "no folder $root"; fi
}

# ------------------------------------------------------------------ answers

default_answers() {
    node_name=$(uname -n | tr 'A-Z_' 'a-z-' | tr -cd 'a-z0-9.-' | cut -c 1-41)
    [ -n "$node_name" ] || node_name=node
    organization=Site tenant=main names=''
    bind=0.0.0.0:8443
    [ "$mode" != prefix ] || bind=127.0.0.1:8443
    metrics_port=9091 registry_bind=127.0.0.1:7780 operator='' ready_within=120 ca_import='' prepare=full
}

# read_answers FILE: only names that are known; a typing error must not become a default.
read_answers() {
    [ -r "$1" ] || fail 3 "cannot read the answers in $1"
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
            '' | '#'*) continue ;;
            *=*) ;;
            *) fail 2 "no NAME=VALUE in the answers: $line" ;;
        esac
        case " $answer_names release_key_sha256 " in
            *" ${line%%=*} "*) ;;
            *) fail 2 "no answer is called ${line%%=*}" "see $me --help" ;;
        esac
        answer_value=${line#*=}
        case ${line%%=*} in
            release_key_sha256) ;; # the medium's installer has read it
            *) eval "${line%%=*}=\$answer_value" ;;
        esac
    done <"$1"
}

# Each is asked again until it can be; what one says has a say in the defaults of those after it.
ask_answers() {
    for name in $answer_names; do
        derive_answers "$name"
        default_value=''
        eval "default_value=\$$name"
        while :; do
            printf '%s [%s]: ' "$name" "$default_value" >/dev/tty
            IFS= read -r answer_value </dev/tty || fail 2 "no answer for $name"
            eval "$name=\${answer_value:-\$default_value}"
            (check_answer "$name") 2>/dev/tty && break
        done
    done
}

# derive_answers NAME: the defaults that follow from the answers before that one.
derive_answers() {
    case $1 in node_name | organization | tenant) return 0 ;; esac
    : "${names:=$node_name,localhost,127.0.0.1}"
    case $1 in names | bind) return 0 ;; esac
    : "${operator:=operator.$(first_name)}"
}

check_answers() {
    derive_answers all
    for name in $answer_names; do
        check_answer "$name"
    done
}

# check_answer NAME
check_answer() {
    case $1 in
        node_name) expect node_name '^[a-z0-9][a-z0-9.-]{0,40}$' ;;
        organization) expect organization '^[A-Za-z0-9][A-Za-z0-9 .,&_-]{0,60}$' ;;
        tenant) expect tenant '^[a-z0-9][a-z0-9_-]{0,31}$' ;;
        names) expect names '^[A-Za-z0-9.:-]+(,[A-Za-z0-9.:-]+)*$' ;;
        bind) expect bind '^[0-9a-fA-F.:]*\]?:[0-9]{1,5}$|^\[[0-9a-fA-F:]+\]:[0-9]{1,5}$' ;;
        metrics_port) expect metrics_port '^[0-9]{1,5}$' ;;
        registry_bind) expect registry_bind '^(127\.0\.0\.1|\[::1\]):[0-9]{1,5}$' ;;
        operator) expect operator '^[A-Za-z0-9.-]+$' ;;
        ready_within) expect ready_within '^[0-9]{1,4}$' ;;
        prepare) expect prepare '^(full|quick)$' ;;
        ca_import) expect ca_import '^(/[A-Za-z0-9._-]+)*$' ;;
    esac
}

# first_name: of the names that are no addresses; the authority can issue for what lies below it.
first_name() {
    printf '%s\n' "$names" | tr ',' '\n' | grep '[g-z]' | head -n 1
}

expect() {
    eval "answer_value=\$$1"
    printf '%s\n' "$answer_value" | grep -qE "$2" || fail 2 "the answer $1 cannot be '$answer_value'"
}

answers() {
    default_answers
    if [ -f "$book/answers" ]; then
        read_answers "$book/answers"
        [ -z "$unattended" ] || read_answers "$unattended"
    elif [ -n "$unattended" ]; then
        read_answers "$unattended"
    elif [ -n "$state_hash" ] || [ -n "$dry_run" ]; then
        :
    elif [ -t 0 ] && [ -t 1 ]; then
        ask_answers
    else
        fail 2 'nobody can be asked here: give --unattended FILE' '/dev/null takes every default'
    fi
    check_answers
}

# ------------------------------------------------------------------ the release itself

read_release() {
    version=$(member version <"$here/release.json")
    commit_time=$(member commit_time <"$here/release.json")
    # Run again from where it was placed: what the medium's installer knew then.
    if [ -z "$staged" ] && [ -f "$book/placed-$version" ]; then
        counter=$(fact "$book/placed-$version" counter)
        signed_by=$(fact "$book/placed-$version" signed_by)
    fi
    # A release that came without its medium has no counter: its time rises as well.
    : "${counter:=$(member counter <"$here/release.json")}"
    : "${counter:=$(epoch "$commit_time")}"
    if [ "$signed_by" = development ] && [ -z "$development" ]; then
        fail 4 'a development key signed this release' '--development accepts it, on a machine that is for that'
    fi
}

verify_release() {
    wrong=$(release_findings "$here")
    [ -n "$staged" ] && wrong="$wrong$(release_extras "$here" | sed 's/^/not in MANIFEST: /')"
    if [ -n "$wrong" ]; then
        printf '%s\n' "$wrong" | head -n 20 | sed 's/^/  /' >&2
        fail 4 "$here is not the release that its MANIFEST describes" 'nothing was begun'
    fi
}

# ------------------------------------------------------------------ the state, in one digest

# What does not depend on chance or time: equal after one run and after many that were killed.
state_facts() {
    cat "$book/manifest"
    grep -v '^signed_by=' "$book/installed"
    for each in "$releases"/*; do
        echo "release ${each##*/} $(sha256sum <"$each/MANIFEST")"
        release_findings "$each"
        release_extras "$each"
    done
    sed -n 's/^\(file\|link\|dir\) //p' "$book/manifest" | sort | while IFS= read -r path; do
        stat -c '%n %F %a %U:%G' "$root$path"
        [ ! -h "$root$path" ] || readlink "$root$path"
        [ -h "$root$path" ] || [ ! -f "$root$path" ] || grep -v '^# Made from map.toml' "$root$path" | sha256sum
    done
    # The names of snapshots are digests.
    find "$etc" ! -path "$etc/identity/registry/*" | sort | while IFS= read -r path; do stat -c '%n %F %a %U:%G' "$path"; done
    find "$var" -maxdepth 1 ! -name node.log | sort |
        while IFS= read -r path; do stat -c '%n %F %a %U:%G' "$path"; done
    grep -v '^root_file\|^roots' "$etc/map.toml"
    find "$releases" -maxdepth 1 | sort
    if [ "$mode" = host ]; then
        systemctl is-enabled "$unit" || true
        systemctl is-active "$unit" || true
    fi
}

# ------------------------------------------------------------------ main

main() {
    parse "$@"
    set_places
    read_release
    program=$releases/$version/bin/map
    answers
    if [ -n "$state_hash" ]; then
        [ -f "$book/installed" ] || fail 1 "$base has no finished install"
        if [ "$state_hash" = text ]; then state_facts; else state_facts | sha256sum | cut -d ' ' -f 1; fi
        exit 0
    fi
    verify_release
    preflight
    say "MAP Sovereign $version (commit of $commit_time, signature: $signed_by), $mode install in $base"
    show_findings
    [ "$stops" -eq 0 ] || fail 3 "$stops finding(s) stand in the way; nothing was begun"
    from=$(fact "$book/installed" version)
    todo=
    if [ -n "$from" ] && [ "$from" != "$version" ]; then
        show_upgrade
        [ -z "$dry_run" ] || exit 0
        open_book
        upgrade
    else
        show_plan
        [ -z "$dry_run" ] || exit 0
        [ -n "$todo" ] || { say 'nothing to do'; exit 0; }
        open_book
        apply_steps
    fi
    farewell
}

open_book() {
    make_book
    lock_book
    # What a killed run left, now that nobody else works here.
    rm -rf "$releases"/.old.* "$releases/.place"
}

farewell() {
    [ "$mode" != image ] || { say "installed; the first boot makes keys and starts the node"; return 0; }
    cat <<END

Installed: map $version, node $node_name${no_start:+, not started}.
  command       $bin/map
  calls         https://$bind/v1/dispatch, root certificate $var/ca/root.pem
  API keys      $(access): take it away, then delete it here
  auditors get  $(member node_key_fingerprint <"$(access)" 2>/dev/null || echo 'map audit status') (fingerprint of the log's key)
  remove        $base/current/uninstall.sh
END
}

main "$@"
