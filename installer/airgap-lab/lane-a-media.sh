#!/bin/sh
# Media for the lab: folders as a publisher would put them on a stick, signed with a key of the lab. The
# second and later releases are the first one under another number, with what a test needs to go wrong.
set -eu

usage() {
    cat <<'END'
Usage: lane-a-media.sh first|next|far|broken|schema TARBALL VERSION COUNTER OUT-DIR

  first   TARBALL as it is; VERSION must be its own
  next    the same release as VERSION
  far     takes over from VERSION on, which nobody has
  broken  its migration spoils the database, and its node does not start
  schema  its migration changes the database, and says so

OUT-DIR/../key.pem is the lab's release key, made when it is missing.

Exit codes: 0 made · 1 failed · 2 usage
END
}

[ $# -eq 5 ] || {
    usage >&2
    exit 2
}
kind=$1 tarball=$2 version=$3 counter=$4 out=$5

mkdir -p "$out"
key=$(dirname "$out")/key.pem
if [ ! -f "$key" ]; then
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$key" 2>/dev/null
fi
name=map-sovereign-$version
work=$(mktemp -d "$out/.work.XXXXXX")
trap 'rm -rf "$work"' EXIT

# describe DIR: MANIFEST anew, as the release build writes it.
describe() {
    (
        cd "$1"
        rm -f MANIFEST
        find . -type f | sed 's|^\./||' | LC_ALL=C sort | while IFS= read -r file; do
            mode=0644
            [ ! -x "$file" ] || mode=0755
            chmod "$mode" "$file"
            printf '%s %s  %s\n' "$mode" "$(sha256sum <"$file" | cut -d ' ' -f 1)" "$file"
        done >../MANIFEST
        mv ../MANIFEST MANIFEST
    )
}

# replace_map DIR: standard input becomes bin/map; the real one is bin/map.real.
replace_map() {
    mv "$1/bin/map" "$1/bin/map.real"
    cat >"$1/bin/map"
    chmod 0755 "$1/bin/map"
}

if [ "$kind" = first ]; then
    cp "$tarball" "$out/$name-linux-x86_64.tar.gz"
    gzip -dc "$tarball" | tar -xf - -C "$work" --wildcards '*/MANIFEST' '*/release.json' '*/install.sh'
    time=$(sed -n 's/.*"commit_time":"\([^"]*\)".*/\1/p' "$work/$name/release.json")
else
    gzip -dc "$tarball" | tar -xpf - -C "$work"
    old=$(basename "$work"/map-sovereign-*)
    [ "$old" = "$name" ] || mv "$work/$old" "$work/$name"
    release=$work/$name
    time=$(sed -n 's/.*"commit_time":"\([^"]*\)".*/\1/p' "$release/release.json")
    sed -i "s/\"version\":\"[^\"]*\"/\"version\":\"$version\"/" "$release/release.json"
    case $kind in
        next) ;;
        far)
            sed -i "s/\"upgrades_from\":\"[^\"]*\"/\"upgrades_from\":\"$version\"/" "$release/release.json"
            grep -q "\"upgrades_from\":\"$version\"" "$release/release.json"
            ;;
        broken)
            replace_map "$release" <<'END'
#!/bin/sh
# A release that went wrong: the lab must get back from it.
real=$(dirname "$(readlink -f "$0")")/map.real
case "$1 ${2-}" in
    'serve --check-config') exec "$real" "$@" ;;
    'migrate apply')
        for file in /var/lib/map/db/*.mv.db; do
            echo spoiled >"$file"
        done
        exit 0
        ;;
    serve* | batch*) exit 1 ;;
    health*) exit 1 ;;
    *) exec "$real" "$@" ;;
esac
END
            ;;
        schema)
            replace_map "$release" <<'END'
#!/bin/sh
# A release whose schema is one further: a mark in the database's folder stands for it.
real=$(dirname "$(readlink -f "$0")")/map.real
mark=/var/lib/map/db/lab-schema
case "$1 ${2-}" in
    'migrate apply')
        "$real" "$@" && : >"$mark"
        ;;
    'migrate status')
        if [ -e "$mark" ]; then "$real" "$@" | sed 's/"version":[0-9]*/"version":99/'; else "$real" "$@"; fi
        ;;
    batch*) exit 1 ;;
    *) exec "$real" "$@" ;;
esac
END
            ;;
        *)
            usage >&2
            exit 2
            ;;
    esac
    describe "$release"
    tar --create --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mtime="$time" \
        --directory="$work" "$name" | gzip -1n >"$out/$name-linux-x86_64.tar.gz"
fi

cp "$(dirname "$0")/../src/main/sh/medium-install.sh" "$out/$name-install.sh"
printf '{"commit_time":"%s","counter":%s,"product":"map-sovereign","version":"%s"}\n' \
    "$time" "$counter" "$version" >"$out/release.json"
openssl pkey -in "$key" -pubout -out "$out/release.pem"
(
    cd "$out"
    sha256sum "$name-install.sh" "$name-linux-x86_64.tar.gz" release.json >SHA256SUMS
    openssl dgst -sha256 -sign "$key" -out SHA256SUMS.sig SHA256SUMS
)
