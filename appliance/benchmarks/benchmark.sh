#!/bin/sh
# Runs the dispatch benchmark from a checkout: builds what it needs, then measures.
#   appliance/benchmarks/benchmark.sh [--connections N] [--seconds S] [--warm-up S]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd -P)
java_home=$(sh "$root/installer/src/main/sh/find-jdk")
cd "$root"
mvn -q -B -ntp -Pbenchmarks -Dmaven.test.skip=true -pl appliance/benchmarks -am package >&2
class_path=appliance/benchmarks/target/classes:$(cat appliance/benchmarks/target/classpath.txt)
exec "$java_home/bin/java" -Xmx512m -cp "$class_path" \
    dev.mapsovereign.benchmarks.DispatchBenchmark "$@"
