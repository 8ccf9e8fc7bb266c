#!/bin/sh
# The first program of ours that an operator runs, from the medium: checks who signed the release and
# that every byte is what was signed; writes nothing before that. Then it unpacks and runs the release's
# own install.sh. It was itself checked by the three commands on the first page of the install guide.
set -eu

usage() {
    cat <<'END'
Usage: sh map-sovereign-<version>-install.sh --key-sha256 HEX [--key FILE] [--development] [option…]

Checks SHA256SUMS.sig, SHA256SUMS and the files beside it, unpacks the release and runs its install.sh,
to which every other option goes: --prefix DIR, --root DIR, --unattended FILE, --dry-run, --no-start,
--allow-downgrade, --allow-skip, --database-is-saved (docs/reference/commands.md, "Installing").

  --key-sha256 HEX  the release key's fingerprint, from paper: SHA-256 of the public key in DER; spaces and
                    colons do not matter. Or release_key_sha256=HEX in the file of --unattended
  --key FILE        the key itself; default release.pem beside this file, which its fingerprint makes trusted
  --development     accepts a release signed by a development key, on a machine that is for that
  --help            shows this

The release is unpacked beside the place where it is to be; with --dry-run below ${TMPDIR:-/tmp}, and
removed again.

Exit codes: 0 installed · 1 a step failed · 2 usage · 3 this host, or a file is missing · 4 a signature, a
fingerprint or a sum is wrong; nothing was written

Example:
  sh /media/map/map-sovereign-1.0.0-install.sh --key-sha256 '3f1a …' --unattended answers.txt
END
}

me=$(basename "$0")
medium=$(cd "$(dirname "$0")" && pwd -P)

# fail CODE TEXT
fail() {
    printf '%s: %s\n' "$me" "$2" >&2
    exit "$1"
}

need() {
    for tool in openssl sha256sum tar gzip awk sed df; do
        command -v "$tool" >/dev/null 2>&1 || fail 3 "$tool is missing on this host"
    done
    for file in SHA256SUMS SHA256SUMS.sig release.json; do
        [ -f "$medium/$file" ] || fail 3 "$medium/$file is missing"
    done
}

# ------------------------------------------------------------------ who signed

# Sets $sums to what was signed: read once, so that nobody can show the signature one text and us another.
check_signature() {
    [ -f "$key" ] || fail 3 "no release key $key"
    found=$(openssl pkey -pubin -in "$key" -outform DER 2>/dev/null | sha256sum | cut -d ' ' -f 1)
    wanted=$(printf '%s' "$key_sha256" | tr -d ' :\n' | tr 'A-F' 'a-f')
    if [ -z "$wanted" ]; then
        fail 2 "give the fingerprint that travelled on paper: --key-sha256; that of $key is $found"
    fi
    [ "$found" = "$wanted" ] || fail 4 "the key $key has the fingerprint $found, not the one given"
    # The x keeps what the shell would cut: line ends at the end.
    sums=$(cat "$medium/SHA256SUMS" && printf x)
    sums=${sums%x}
    printf '%s' "$sums" |
        openssl dgst -sha256 -verify "$key" -signature "$medium/SHA256SUMS.sig" >/dev/null 2>&1 ||
        fail 4 'SHA256SUMS was not signed by that key, or is not what was signed'
}

# sum_of FILE: what SHA256SUMS says of it.
sum_of() {
    printf '%s' "$sums" | awk -v name="$1" 'substr($0, index($0, "  ") + 2) == name { print $1; exit }'
}

# check_file PATH NAME: that file is what was signed under that name.
check_file() {
    [ -f "$1" ] || fail 4 "$1 is missing"
    [ -n "$(sum_of "$2")" ] || fail 4 "SHA256SUMS does not name $2"
    [ "$(sha256sum <"$1" | cut -d ' ' -f 1)" = "$(sum_of "$2")" ] ||
        fail 4 "$1 is not the file that was signed"
}

member() {
    printf '%s' "$facts" | tr -d '\n' |
        sed -n "s/.*\"$1\":[[:space:]]*\(\"\([^\"]*\)\"\|\([0-9a-z.-]*\)\).*/\2\3/p"
}

check_release() {
    facts=$(cat "$medium/release.json" && printf x)
    facts=${facts%x}
    [ "$(printf '%s' "$facts" | sha256sum | cut -d ' ' -f 1)" = "$(sum_of release.json)" ] ||
        fail 4 "$medium/release.json is not the file that was signed"
    [ "$(member product)" = map-sovereign ] || fail 4 'this is a release of another product'
    version=$(member version)
    case $version in
        '' | *[!A-Za-z0-9.-]*) fail 4 "a release cannot have the version '$version'" ;;
    esac
    signed_by=$(printf '%s' "$wanted" | cut -c 1-16)
    if [ "${key##*/}" = release-development.pem ]; then
        [ -n "$development" ] || fail 4 'a development key signed this release: --development accepts it'
        signed_by=development
    fi
    tarball=map-sovereign-$version-linux-x86_64.tar.gz
    check_file "$medium/$tarball" "$tarball"
    check_file "$medium/$me" "map-sovereign-$version-install.sh"
}

# ------------------------------------------------------------------ unpacking

# Beside the place where it is to be, so that it is moved there by a rename.
choose_staging() {
    if [ -n "$dry_run" ]; then
        above=${TMPDIR:-/tmp}
    else
        above=$base
        while [ ! -d "$above" ]; do
            above=$(dirname "$above")
        done
    fi
    [ -w "$above" ] || fail 3 "$above cannot be written"
    place=.map-sovereign.$(printf '%s' "$base" | sha256sum | cut -c 1-16)
    staging=$above/$place.$(process $$)
    size=$(($(wc -c <"$medium/$tarball") / 1024))
    free=$(df -Pk "$above" | awk 'NR == 2 { print $4 }')
    [ "$free" -gt $((size * 5)) ] ||
        fail 3 "on the file system of $above are $((free / 1024)) MiB free, and $((size * 5 / 1024)) MiB are needed"
}

# process PID: the number and when it started, in ticks since boot; nothing for one that has ended.
process() {
    printf '%s.%s\n' "$1" "$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null |
        awk '$1 !~ /[ZX]/ { print $20 }')"
}

# What a killed run left is removed, here or in the folder that is there since.
take_staging() {
    for each in "$above/$place".* "$base/$place".* "$(dirname "$base")/$place".*; do
        [ -d "$each" ] || continue
        holder=${each##*/"$place".}
        [ "$(process "${holder%%.*}")" != "$holder" ] ||
            fail 3 "another installer works in $each (process ${holder%%.*})"
        rm -rf "$each"
    done
    (umask 077 && mkdir "$staging")
    trap 'rm -rf "$staging"' EXIT
    trap 'exit 1' HUP INT TERM
}

# The medium is not read again after this: the copy is checked, and the copy is unpacked.
unpack() {
    cat "$medium/$tarball" >"$staging/tarball"
    check_file "$staging/tarball" "$tarball"
    # Where the clock is wrong it says so of each file; that is found once, by the release's own install.sh.
    gzip -dc <"$staging/tarball" | (cd "$staging" && tar -xpf - 2>said) ||
        fail 1 "$tarball cannot be unpacked: $(tail -n 3 "$staging/said")"
    rm "$staging/tarball" "$staging/said"
    release=$staging/map-sovereign-$version
    [ -f "$release/install.sh" ] || fail 4 "the release has no install.sh"
}

# ------------------------------------------------------------------ main

main() {
    key=$medium/release.pem key_sha256='' development='' dry_run='' base=/opt/map-sovereign help=''
    passed=
    # Options of install.sh are looked at here only where they say something about places; the release's
    # own script checks them all.
    while [ $# -gt 0 ]; do
        case $1 in
            --key-sha256 | --key | --prefix | --root | --unattended)
                [ $# -ge 2 ] || fail 2 "$1 needs a value; see $me --help"
                case $1 in
                    --key-sha256) key_sha256=$2 ;;
                    --key) key=$2 ;;
                    --prefix) base=${2%/} ;;
                    --root) base=${2%/}/opt/map-sovereign ;;
                    --unattended)
                        [ -r "$2" ] || fail 3 "cannot read the answers in $2"
                        : "${key_sha256:=$(sed -n 's/^release_key_sha256=//p' "$2")}"
                        ;;
                esac
                case $1 in
                    --prefix | --root | --unattended)
                        case $2 in
                            *[!A-Za-z0-9./_-]*) fail 2 "$1 takes a path of A-Za-z0-9./_- alone" ;;
                        esac
                        passed="$passed $1 $2"
                        ;;
                esac
                shift
                ;;
            --development)
                development=yes
                passed="$passed $1"
                ;;
            --dry-run)
                dry_run=yes
                passed="$passed $1"
                ;;
            -h | --help) help=yes ;;
            --[a-z]*) passed="$passed $1" ;;
            *) fail 2 "unknown argument '$1'; see $me --help" ;;
        esac
        shift
    done
    [ -z "$help" ] || { usage; exit 0; }
    case $base in
        /*) ;;
        *) fail 2 'paths must be absolute' ;;
    esac
    # The name says who signed: nothing that is signed depends on it (decision 0040).
    if [ ! -f "$key" ] && [ "$key" = "$medium/release.pem" ] &&
        [ -f "$medium/release-development.pem" ]; then
        key=$medium/release-development.pem
    fi
    need
    check_signature
    check_release
    choose_staging
    take_staging
    unpack
    # shellcheck disable=SC2086  # options that were checked to be words
    sh "$release/install.sh" --staged --release-counter "$(member counter)" --signed-by "$signed_by" $passed
}

main "$@"
exit
