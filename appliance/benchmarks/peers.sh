#!/bin/sh
# All figures of the dispatch path beside nginx, within two processors and two GiB of memory.
#   appliance/benchmarks/peers.sh [--connections N] [--seconds S] [--warm-up S] [--held N]
#
# As root: it makes a control group for the measured servers and removes it afterwards. nginx and wrk
# must be installed. --held is how many connections are opened for the memory figure (10000 unless told).
set -eu
if [ "$(id -u)" -ne 0 ]; then
    echo 'peers.sh: only root can make control groups' >&2
    exit 3
fi
for program in nginx wrk; do
    if ! command -v "$program" >/dev/null 2>&1; then
        echo "peers.sh: $program is missing; as root: apt-get install nginx-light wrk" >&2
        exit 3
    fi
done
root=$(cd "$(dirname "$0")/../.." && pwd -P)
java_home=$(sh "$root/installer/src/main/sh/find-jdk")
cd "$root"
mvn -q -B -ntp -Pbenchmarks,unchecked -Dmaven.test.skip=true -pl appliance/benchmarks -am package >&2

name=map-peers-$$
groups=
remove() {
    for group in $(echo "$groups" | tr ',' ' '); do
        rmdir "$group" 2>/dev/null || echo "peers.sh: left behind: $group" >&2
    done
}
trap remove EXIT
trap 'exit 130' INT TERM
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    groups=/sys/fs/cgroup/$name
    echo '+cpu +memory' >/sys/fs/cgroup/cgroup.subtree_control
    mkdir "$groups"
    echo '200000 100000' >"$groups/cpu.max"
    echo 2147483648 >"$groups/memory.max"
else
    # Version 1: a hierarchy for each kind of limit.
    groups=/sys/fs/cgroup/cpu/$name,/sys/fs/cgroup/memory/$name
    mkdir "/sys/fs/cgroup/cpu/$name" "/sys/fs/cgroup/memory/$name"
    echo 100000 >"/sys/fs/cgroup/cpu/$name/cpu.cfs_period_us"
    echo 200000 >"/sys/fs/cgroup/cpu/$name/cpu.cfs_quota_us"
    echo 2147483648 >"/sys/fs/cgroup/memory/$name/memory.limit_in_bytes"
fi
class_path=appliance/benchmarks/target/classes:$(cat appliance/benchmarks/target/classpath.txt)
"$java_home/bin/java" -Xmx3g -cp "$class_path" dev.mapsovereign.benchmarks.PeersBenchmark \
    --groups "$groups" "$@"
