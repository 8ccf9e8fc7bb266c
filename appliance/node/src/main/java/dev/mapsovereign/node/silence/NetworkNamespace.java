package dev.mapsovereign.node.silence;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A network of the kernel's in which something of the watched user runs (network_namespaces(7)).
 *
 * @param id what the kernel calls it, {@code net:[4026531840]}
 * @param pid of a process in it, by which others enter it
 * @param of for people: whose it is
 */
record NetworkNamespace(String id, long pid, String of) {
    /** This process's own network and that of each process of the user, each once. */
    static List<NetworkNamespace> of(long uid) {
        Map<String, NetworkNamespace> found = new LinkedHashMap<>();
        long self = ProcessHandle.current().pid();
        id(self).ifPresent(id -> found.put(id, new NetworkNamespace(id, self, "the host")));
        for (long pid : processes(uid)) {
            id(pid).ifPresent(
                            id -> found.putIfAbsent(id, new NetworkNamespace(id, pid, owner(pid))));
        }
        return List.copyOf(found.values());
    }

    /** Whether any process of that user runs. */
    static boolean runsSomething(long uid) {
        return !processes(uid).isEmpty();
    }

    private static List<Long> processes(long uid) {
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return processes
                    .filter(path -> path.getFileName().toString().matches("[0-9]+"))
                    .filter(path -> belongsTo(path, uid))
                    .map(path -> Long.parseLong(path.getFileName().toString()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("/proc cannot be read", e);
        }
    }

    /** The unit whose process that is, or the process itself. */
    private static String owner(long pid) {
        try {
            String group = Files.readString(Path.of("/proc/" + pid + "/cgroup")).strip();
            String last = group.substring(group.lastIndexOf('/') + 1);
            return last.endsWith(".service") ? last : "process " + pid;
        } catch (IOException e) {
            return "process " + pid;
        }
    }

    private static boolean belongsTo(Path process, long uid) {
        try {
            return Files.getAttribute(process, "unix:uid").equals((int) uid);
        } catch (IOException e) {
            // It has ended in the meantime.
            return false;
        }
    }

    private static Optional<String> id(long pid) {
        try {
            return Optional.of(
                    Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/net")).toString());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Its network devices; a network with {@code lo} alone leads nowhere. */
    List<String> devices() {
        try {
            return Files.readAllLines(Path.of("/proc/" + pid + "/net/dev")).stream()
                    .filter(line -> line.contains(":"))
                    .map(line -> line.substring(0, line.indexOf(':')).strip())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }
}
