package dev.mapsovereign.benchmarks;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Processor time that this process's threads have used so far, by what they are there for; from
 * Linux's {@code /proc/self/task}. Unlike rates it says much the same on a busy machine as on an
 * idle one.
 *
 * @param nanos by group, of the threads that live
 * @param totalNanos of the whole process, threads that have ended included
 */
record ThreadTimes(Map<Group, Long> nanos, long totalNanos) {
    /** What a thread is there for. */
    enum Group {
        CALLERS,
        COMMITTER,
        BUILDER,
        PUBLISHER,
        SEGMENTS,
        COMPILER,
        /** All else: collection of garbage, threads that lived for a moment only. */
        OTHER;

        /** By the first 15 characters of its name, which is what Linux keeps. */
        private static Group of(String name) {
            if (name.startsWith("ForkJoinPool") || name.startsWith("caller-")) {
                return CALLERS;
            }
            if (name.startsWith("audit-tiles")) {
                return BUILDER;
            }
            return switch (name) {
                case "audit-committer" -> COMMITTER;
                case "audit-builder" -> BUILDER;
                case "audit-publisher" -> PUBLISHER;
                case "audit-segments" -> SEGMENTS;
                default ->
                        name.startsWith("C1 Comp") || name.startsWith("C2 Comp") ? COMPILER : OTHER;
            };
        }
    }

    /** As of now. */
    static ThreadTimes now() throws IOException {
        Map<Group, Long> nanos = new TreeMap<>();
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path task : tasks) {
                try {
                    String name = Files.readString(task.resolve("comm")).strip();
                    String times = Files.readString(task.resolve("schedstat"));
                    long run = Long.parseLong(times.substring(0, times.indexOf(' ')));
                    nanos.merge(Group.of(name), run, Long::sum);
                } catch (NoSuchFileException e) {
                    // This thread has just ended.
                }
            }
        }
        long total = ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
        return new ThreadTimes(nanos, total);
    }

    /** What all threads but the compiler's have used since then, in seconds. */
    double secondsSince(ThreadTimes then) {
        return (totalNanos - then.totalNanos) / 1e9 - secondsSince(then, Group.COMPILER);
    }

    /** What a group that lives as long as the process has used since then, in seconds. */
    double secondsSince(ThreadTimes then, Group group) {
        return (nanos.getOrDefault(group, 0L) - then.nanos.getOrDefault(group, 0L)) / 1e9;
    }
}
