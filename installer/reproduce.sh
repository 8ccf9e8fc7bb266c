#!/bin/sh
# Shows that a release is the same bytes whoever builds it where: builds HEAD in clean checkouts at
# two paths, under two umasks, time zones, languages and (as root) users, and compares SHA256SUMS.
set -eu

usage() {
    cat <<'END'
Usage: installer/reproduce.sh [--against DIR] [--keep] [--help]

Builds HEAD twice, as differently as this machine allows, and compares what comes out. Works without
a network from what Maven has fetched: `mvn package` comes before.

  --against DIR  builds once only, and compares with the release in DIR, such as installer/target
                 after `mvn clean package` (Maven keeps jars of before that only its settings changed)
  --keep         leaves the checkouts where they are, and says where
  --help         shows this

Environment: MAVEN_REPOSITORY (~/.m2/repository)

Exit codes: 0 the same · 1 they differ, by file and member · 2 usage · 3 something is missing

Example:
  installer/reproduce.sh --against installer/target
END
}

against=
keep=no
while [ $# -gt 0 ]; do
    case $1 in
        --against)
            [ $# -ge 2 ] || { usage >&2; exit 2; }
            against=$(cd "$2" && pwd -P)
            shift
            ;;
        --keep) keep=yes ;;
        --help)
            usage
            exit 0
            ;;
        *)
            usage >&2
            exit 2
            ;;
    esac
    shift
done

root=$(cd "$(dirname "$0")/.." && pwd -P)
for program in git mvn tar; do
    command -v "$program" >/dev/null 2>&1 || { echo "reproduce: $program is missing" >&2; exit 3; }
done
jdk=$(sh "$root/installer/src/main/sh/find-jdk")
repository=${MAVEN_REPOSITORY:-${HOME:-/root}/.m2/repository}
umask 022
work=$(mktemp -d)
if [ "$keep" = yes ]; then
    echo "reproduce: everything is left in $work" >&2
else
    trap 'rm -rf "$work"' EXIT
fi
chmod 0755 "$work"

# build NAME FOLDER UMASK TIMEZONE LOCALE [PROGRAM-THAT-CHANGES-THE-USER…]: from a clone of its own.
build() {
    name=$1 checkout=$2 mask=$3 zone=$4 language=$5
    shift 5
    echo "reproduce: $name: umask $mask, TZ $zone, LC_ALL $language, $checkout" >&2
    mkdir -p "$(dirname "$checkout")" "$work/$name-home"
    (umask "$mask" && git clone -q --no-hardlinks "$root" "$checkout")
    if [ $# -gt 0 ]; then
        chown -R nobody "$checkout" "$work/$name-home" "$work/$name-repository"
    fi
    (
        umask "$mask"
        cd "$checkout"
        "$@" env -i PATH="$PATH" HOME="$work/$name-home" JAVA25_HOME="$jdk" TZ="$zone" \
            LC_ALL="$language" ${JAVA_HOME+JAVA_HOME="$JAVA_HOME"} \
            mvn -q -B -ntp -o -Punchecked -Dmaven.test.skip=true \
            -Dmaven.repo.local="$work/$name-repository" -pl installer -am package
    ) >"$work/$name.log" 2>&1 || {
        tail -n 40 "$work/$name.log" >&2
        echo "reproduce: $name did not build" >&2
        exit 3
    }
}

# Maven writes into its repository, and another user may not read ours.
cp -a "$repository" "$work/second-repository"
if [ -n "$against" ]; then
    first=$against
else
    ln -s "$repository" "$work/first-repository"
    build first "$work/first" 022 UTC C
    first=$work/first/installer/target
fi
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null 2>&1; then
    set -- setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups
else
    echo 'reproduce: not as another user, which needs root and setpriv' >&2
    set --
fi
build second "$work/a path/of another length/second" 077 Asia/Kathmandu C.UTF-8 "$@"
second="$work/a path/of another length/second/installer/target"

if cmp -s "$first/SHA256SUMS" "$second/SHA256SUMS"; then
    echo "reproduce: the same SHA256SUMS, $(wc -l <"$first/SHA256SUMS") files"
    exit 0
fi

# members ARCHIVE: each member's digest and name, whatever kind of archive it is.
members() {
    mkdir -p "$work/members"
    case $1 in
        *.tar.gz) tar -xzf "$1" -C "$work/members" ;;
        *.tar) tar -xf "$1" -C "$work/members" ;;
        *) cp "$1" "$work/members/content" ;;
    esac
    (cd "$work/members" && find . -type f -exec sha256sum {} + | sort -k 2)
    rm -rf "$work/members"
}

diff "$first/SHA256SUMS" "$second/SHA256SUMS" | sed -n 's/^[<>] [0-9a-f]*  //p' | sort -u |
    while read -r file; do
        echo "reproduce: $file differs"
        if command -v diffoscope >/dev/null 2>&1; then
            diffoscope --max-report-size 20000 "$first/$file" "$second/$file" || true
        else
            members "$first/$file" >"$work/first.members"
            members "$second/$file" >"$work/second.members"
            diff "$work/first.members" "$work/second.members" | sed -n 's/^[<>]/    &/p' | head -n 40
        fi
    done
exit 1
