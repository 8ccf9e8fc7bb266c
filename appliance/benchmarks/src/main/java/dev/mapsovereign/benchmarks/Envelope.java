package dev.mapsovereign.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Limits within which servers are measured: control groups that {@code peers.sh} has made.
 *
 * @param groups folder of each; empty for no limit
 */
record Envelope(List<Path> groups) {
    static final Envelope NONE = new Envelope(List.of());

    Envelope {
        groups = List.copyOf(groups);
    }

    /** A command that enters the groups and becomes the other one, so that it starts within. */
    List<String> around(List<String> command) {
        if (groups.isEmpty()) {
            return command;
        }
        StringBuilder script = new StringBuilder();
        List<String> all = new ArrayList<>(List.of("sh", "-c", "", "sh"));
        for (Path group : groups) {
            script.append("echo $$ >\"$1\" && shift && ");
            all.add(group.resolve("cgroup.procs").toString());
        }
        all.set(2, script + "exec \"$@\"");
        all.addAll(command);
        return all;
    }
}
