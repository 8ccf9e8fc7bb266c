#!/bin/sh
# The media of a lane: releases that lane-a-media.sh makes of $tarball and signs, below $media. Sourced by the
# lanes; needs scenario.sh.
# shellcheck disable=SC2034,SC2154

number_of() { printf '%s\n' "${1##*map-sovereign-}" | sed 's/-linux.*//'; }
first=$(number_of "$tarball")

# number KIND: the version of that one.
number() {
    case $1 in
        first) echo "$first" ;;
        next) echo "$first.1" ;;
        broken) echo "$first.2" ;;
        schema) echo "$first.3" ;;
        far) echo "$first.4" ;;
    esac
}

# make_media KIND…: the first of them is first.
make_media() {
    counter=10
    for kind in "$@"; do
        sh "$here/lane-a-media.sh" "$kind" "$tarball" "$(number "$kind")" "$counter" "$media/$kind"
        counter=$((counter + 1))
    done
    seen "$first and $(($# - 1)) that follow it"
}

fingerprint() {
    openssl pkey -pubin -in "$media/first/release.pem" -outform DER | sha256sum | cut -d ' ' -f 1
}

# What every install here is told; a lane adds how long it waits.
site_answers='node_name=lab
organization=Lab
tenant=acme
names=lab.example,localhost,127.0.0.1
operator=operator.lab.example
prepare=quick'
