#!/bin/sh
# Measures an export to a medium beside cp and sha256sum of the same bytes to the same medium, and
# what an export costs a log at work. Builds what it needs first.
#   appliance/benchmarks/export-benchmark.sh --to DIR [--records N] [--seconds S]
# DIR is on the medium; what is made there is removed. As root the page cache is dropped before
# anything is read back by sha256sum; else that column flatters sha256sum, and a line says so.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd -P)
java_home=$(sh "$root/installer/src/main/sh/find-jdk")
cd "$root"
mvn -q -B -ntp -Pbenchmarks,unchecked -Dmaven.test.skip=true -pl appliance/benchmarks -am package >&2
class_path=appliance/benchmarks/target/classes:$(cat appliance/benchmarks/target/classpath.txt)
exec "$java_home/bin/java" -Xmx256m -XX:+UseSerialGC -cp "$class_path" \
    dev.mapsovereign.benchmarks.ExportBenchmark "$@"
