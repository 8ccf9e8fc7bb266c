package dev.mapsovereign.release;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The C library that the run-time image was linked to on this host. An image without a distribution
 * below it carries a copy, for its dynamic loader finds it where this host's does.
 *
 * @param files absolute, as the loader names them
 * @param name with version, as the C library itself says it, such as {@code glibc 2.36}
 * @param packages of the distribution that they came from; empty where nobody knows
 */
record HostLibraries(List<Path> files, String name, List<Origin> packages) {
    /** {@code libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)} or the loader's own line. */
    private static final Pattern FOUND =
            Pattern.compile("\\s+(?:\\S+ => )?(/\\S+) \\(0x[0-9a-f]+\\)");

    /** Such as libjvm.so, which java has loaded before: no loader has to find it. */
    private static final Pattern MISSING = Pattern.compile("\\s+(\\S+) => not found");

    /** One package of a distribution, and where it keeps its licence. */
    record Origin(String name, String version, List<Path> licences) {}

    /** Everything outside of the run-time image that a program in it loads. */
    static HostLibraries of(Path runtime) throws IOException, InterruptedException {
        Set<Path> files = new TreeSet<>();
        for (Path file : FileTree.files(runtime)) {
            String name = file.getFileName().toString();
            if (name.endsWith(".so") || file.equals(runtime.resolve("bin/java"))) {
                files.addAll(loaded(file, runtime));
            }
        }
        if (files.isEmpty()) {
            throw new IOException("ldd names no C library for " + runtime);
        }
        String name = Program.output("getconf", "GNU_LIBC_VERSION").strip();
        return new HostLibraries(List.copyOf(files), name, packages(files));
    }

    private static List<Path> loaded(Path program, Path runtime)
            throws IOException, InterruptedException {
        List<Path> outside = new ArrayList<>();
        for (String line : Program.output("ldd", program.toString()).lines().toList()) {
            Matcher missing = MISSING.matcher(line);
            if (missing.matches() && !isOurs(missing.group(1), runtime)) {
                throw new IOException(program + " needs " + missing.group(1) + ", not found here");
            }
            Matcher found = FOUND.matcher(line);
            if (found.matches() && !Path.of(found.group(1)).normalize().startsWith(runtime)) {
                outside.add(Path.of(found.group(1)));
            }
        }
        return outside;
    }

    private static boolean isOurs(String library, Path runtime) throws IOException {
        return FileTree.files(runtime).stream()
                .anyMatch(file -> file.getFileName().toString().equals(library));
    }

    private static List<Origin> packages(Set<Path> files) throws IOException, InterruptedException {
        Map<String, Origin> packages = new TreeMap<>();
        for (Path file : files) {
            Optional<Origin> owner = debianPackage(file);
            if (owner.isEmpty()) {
                owner = rpmPackage(file);
            }
            owner.ifPresent(from -> packages.put(from.name(), from));
        }
        return List.copyOf(packages.values());
    }

    /** Packages list a file by its name before or after the distribution merged {@code /usr}. */
    private static Optional<Origin> debianPackage(Path file)
            throws IOException, InterruptedException {
        Optional<String> line = Program.answer("dpkg-query", "-S", file.toString());
        if (line.isEmpty()) {
            line = Program.answer("dpkg-query", "-S", file.toRealPath().toString());
        }
        if (line.isEmpty()) {
            return Optional.empty();
        }
        // libc6:amd64: /lib/x86_64-linux-gnu/libc.so.6
        String name = line.get().replaceFirst("(?s): .*", "");
        String version = Program.output("dpkg-query", "-W", "-f=${Version}", name);
        String plain = name.replaceFirst(":.*", "");
        Path copyright = Path.of("/usr/share/doc", plain, "copyright");
        return Optional.of(
                new Origin(
                        plain, version, Files.exists(copyright) ? List.of(copyright) : List.of()));
    }

    private static Optional<Origin> rpmPackage(Path file) throws IOException, InterruptedException {
        Optional<String> line =
                Program.answer(
                        "rpm",
                        "-qf",
                        "--queryformat",
                        "%{NAME} %{VERSION}-%{RELEASE}",
                        file.toString());
        if (line.isEmpty()) {
            return Optional.empty();
        }
        String[] parts = line.get().split(" ", 2);
        return Optional.of(
                new Origin(parts[0], parts[1], licences(Path.of("/usr/share/licenses", parts[0]))));
    }

    private static List<Path> licences(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> found = Files.list(folder)) {
            return found.filter(Files::isRegularFile).sorted().toList();
        }
    }
}
