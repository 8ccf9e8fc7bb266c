#!/bin/sh
# The step of lane A before there is a guest: every spoiled medium is refused before anything is written.
# Sourced by lane-a.sh.
# shellcheck disable=SC2034,SC2154

# refused MEDIUM WHAT [OPTION…]: its installer ends with a failure and nothing has been written.
refused() {
    medium=$1 what=$2
    shift 2
    code=0
    (cd "$lab/nowhere" && TMPDIR=$lab/nowhere sh "$medium/map-sovereign-$first-install.sh" --prefix "$lab/nowhere/trial" \
        --unattended /dev/null --no-start --key-sha256 "$(fingerprint)" "$@") || code=$?
    [ "$code" -ne 0 ] || broken "accepted: $what"
    [ -z "$(ls -A "$lab/nowhere")" ] || broken "written before it was refused: $what"
}

# copy_of MEDIUM: a copy to be spoiled; the large files are links until they are.
copy_of() {
    rm -rf "$lab/bad"
    cp -al "$1" "$lab/bad"
}

refuse_corrupted() {
    mkdir -p "$lab/nowhere"
    count=0
    # Random single bits, the large file as often as it is large: mostly in the tarball, so half the
    # positions are in the others.
    python3 - "$media/first" 64 "$seed" <<'END' >"$lab/positions"
import os, random, sys
folder, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
draw = random.Random(seed)
# Not the key: what another spelling of the same key says is the same.
names = sorted(name for name in os.listdir(folder) if name != 'release.pem')
large = max(names, key=lambda name: os.path.getsize(os.path.join(folder, name)))
for each in range(count):
    name = large if each % 2 else draw.choice([n for n in names if n != large])
    print(name, draw.randrange(os.path.getsize(os.path.join(folder, name))), draw.randrange(8))
END
    while read -r name position bit; do
        copy_of "$media/first"
        rm "$lab/bad/$name"
        cp "$media/first/$name" "$lab/bad/$name"
        python3 - "$lab/bad/$name" "$position" "$bit" <<'END'
import sys
with open(sys.argv[1], 'r+b') as file:
    file.seek(int(sys.argv[2]))
    byte = file.read(1)[0]
    file.seek(int(sys.argv[2]))
    file.write(bytes([byte ^ 1 << int(sys.argv[3])]))
END
        refused "$lab/bad" "bit $bit of byte $position of $name"
        count=$((count + 1))
    done <"$lab/positions"
    for name in SHA256SUMS SHA256SUMS.sig release.json "map-sovereign-$first-linux-x86_64.tar.gz"; do
        copy_of "$media/first"
        rm "$lab/bad/$name"
        refused "$lab/bad" "without $name"
        head -c $(($(wc -c <"$media/first/$name") - 1)) "$media/first/$name" >"$lab/bad/$name"
        refused "$lab/bad" "$name one byte short"
        count=$((count + 2))
    done
    copy_of "$media/first"
    for name in SHA256SUMS SHA256SUMS.sig release.json; do
        rm "$lab/bad/$name"
        cp "$media/next/$name" "$lab/bad/$name"
    done
    refused "$lab/bad" 'the sums of another release'
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$lab/other.pem"
    copy_of "$media/first"
    rm "$lab/bad/SHA256SUMS.sig" "$lab/bad/release.pem"
    openssl dgst -sha256 -sign "$lab/other.pem" -out "$lab/bad/SHA256SUMS.sig" "$lab/bad/SHA256SUMS"
    openssl pkey -in "$lab/other.pem" -pubout -out "$lab/bad/release.pem"
    refused "$lab/bad" 'signed by another key'
    copy_of "$media/first"
    mv "$lab/bad/release.pem" "$lab/bad/release-development.pem"
    refused "$lab/bad" 'a development release without --development'
    rm -rf "$lab/bad" "$lab/nowhere"
    seen "$((count + 3)) of $((count + 3)), seed $seed"
}
