#!/bin/sh
# Measures the audit journal alone, from a checkout: builds what it needs, then runs one of
#   journal.sh rate    durable appends/s beside a plain loop that writes and syncs the same batches
#   journal.sh growth  the same again and again while one log grows to --records (20000000)
#   journal.sh start   opens a log of --records (10000000) whose process was killed under load
# with --callers N (64), --threads virtual|platform, --record-bytes N (512), --tenants N (1),
# --preload N (0), --seconds S a round, --rounds N, --folder DIR on the disk to be measured.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd -P)
java_home=$(sh "$root/installer/src/main/sh/find-jdk")
cd "$root"
mvn -q -B -ntp -Pbenchmarks,unchecked -Dmaven.test.skip=true -pl appliance/benchmarks -am package >&2
class_path=appliance/benchmarks/target/classes:$(cat appliance/benchmarks/target/classpath.txt)
# As bin/map serve runs, with the heap that the log must do with.
exec "$java_home/bin/java" -Xmx256m -XX:+UseParallelGC -XX:+UseCompactObjectHeaders \
    -cp "$class_path" dev.mapsovereign.benchmarks.JournalBenchmark "$@"
