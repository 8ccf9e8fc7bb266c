#!/bin/sh
# Runs a benchmark from a checkout: builds what it needs, then measures.
#   appliance/benchmarks/benchmark.sh [dispatch] [--connections N] [--seconds S] [--warm-up S]
#                                               [--profile FILE]
#   appliance/benchmarks/benchmark.sh projection [--database D] [--records N] [--seconds S]
#   appliance/benchmarks/benchmark.sh policies [--seconds S]
#   appliance/benchmarks/benchmark.sh upstream [--connections N] [--bytes N] [--seconds S]
#                                              [--warm-up S] [--rounds N]
#   appliance/benchmarks/benchmark.sh rate-limit [--per-second N] [--callers N] [--seconds S]
set -eu
program=DispatchBenchmark
case ${1-} in
    dispatch) shift ;;
    projection)
        program=ProjectionBenchmark
        shift
        ;;
    policies)
        program=PolicyBenchmark
        shift
        ;;
    upstream)
        program=UpstreamBenchmark
        shift
        ;;
    rate-limit)
        program=RateLimitBenchmark
        shift
        ;;
esac
root=$(cd "$(dirname "$0")/../.." && pwd -P)
java_home=$(sh "$root/installer/src/main/sh/find-jdk")
cd "$root"
mvn -q -B -ntp -Pbenchmarks,unchecked -Dmaven.test.skip=true -pl appliance/benchmarks -am package >&2
class_path=appliance/benchmarks/target/classes:$(cat appliance/benchmarks/target/classpath.txt)
exec "$java_home/bin/java" -Xmx512m -cp "$class_path" \
    "dev.mapsovereign.benchmarks.$program" "$@"
