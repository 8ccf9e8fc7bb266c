package dev.mapsovereign.release;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Makes the tarballs of a release from the jars that the other modules built.
 *
 * <p>{@code map-sovereign-<version>-linux-x86_64.tar.gz} holds a run-time image of JDK modules only
 * (jlink refuses automatic modules, and several libraries are such), with all jars beside it on the
 * module path. {@code map-verify-<version>-linux-x86_64.tar.gz} holds the auditor's program alone:
 * two JDK modules, three jars and {@code verify.py}. {@code map-sovereign-kafka-<version>.tar.gz}
 * holds the jars that feed the audit log into Kafka, to be unpacked into a release's {@code lib}.
 */
public final class ReleaseAssembly {
    /**
     * What the auditor's program consists of; anything else in its image would have to be trusted
     * too.
     */
    private static final Set<String> VERIFIER_JARS =
            Set.of("kernel-base", "audit-log", "audit-verifier");

    private final String version;
    private final Instant time;
    private final Path root;
    private final Path output;
    private final Path javaHome = Path.of(System.getProperty("java.home"));

    private ReleaseAssembly(String version, Instant time, Path root, Path output) {
        this.version = version;
        this.time = time;
        this.root = root;
        this.output = output;
    }

    /**
     * Arguments: version, commit time (RFC 3339), repository folder, output folder (whose {@code
     * jars} holds what Maven collected).
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length != 4) {
            throw new IllegalArgumentException("usage: VERSION COMMIT-TIME REPOSITORY OUTPUT");
        }
        new ReleaseAssembly(
                        arguments[0],
                        Instant.parse(arguments[1]),
                        Path.of(arguments[2]).toRealPath(),
                        Path.of(arguments[3]).toRealPath())
                .assemble();
    }

    private void assemble() throws IOException, InterruptedException {
        Path stage = output.resolve("stage");
        deleteTree(stage);
        Path release = stage.resolve("map-sovereign-" + version);
        assembleRelease(release);
        Path verifier = stage.resolve("map-verify-" + version);
        assembleVerifier(verifier);
        List<Path> files = new ArrayList<>();
        files.add(pack(release, "map-sovereign-" + version + "-linux-x86_64.tar.gz"));
        files.add(pack(verifier, "map-verify-" + version + "-linux-x86_64.tar.gz"));
        Path kafka = stage.resolve("map-sovereign-kafka-" + version);
        assembleKafka(kafka);
        files.add(packContent(kafka, kafka.getFileName() + ".tar.gz"));
        StringBuilder sums = new StringBuilder();
        for (Path file : files) {
            sums.append(sha256(file)).append("  ").append(file.getFileName()).append('\n');
        }
        Files.writeString(output.resolve("SHA256SUMS"), sums);
    }

    private void assembleRelease(Path release) throws IOException, InterruptedException {
        Path lib = Files.createDirectories(release.resolve("lib"));
        for (Path jar : jars("jars")) {
            StoredJar.rewrite(jar, lib.resolve(jar.getFileName().toString()), time);
            Licences.copy(jar, release.resolve("NOTICE"));
        }
        link(release.resolve("runtime"), modules("modules.txt"));
        script("map", release);
        script("map-prepare", release);
        script("map-verify", release);
        script("map-rollback", release);
        copyInstaller(release);
        copyTree(root.resolve("migrations"), release.resolve("sql"), ".sql", ".sh", ".md");
        copyTree(root.resolve("docs"), release.resolve("docs"), ".md", ".svg");
        copyTree(root.resolve("installer/src/main/config"), release.resolve("conf"), ".toml");
        copyTree(
                root.resolve("appliance/plugin-host/src/main/sample"),
                release.resolve("sample"),
                "");
        copyTree(root.resolve("NOTICE"), release.resolve("NOTICE"), "");
        copyTree(javaHome.resolve("legal/java.base"), release.resolve("NOTICE/jdk"), "");
        copyVerifyProgram(release);
        Files.copy(root.resolve("LICENSE"), release.resolve("LICENSE"));
        Files.copy(root.resolve("README.md"), release.resolve("README.md"));
        describe(release, "map-sovereign");
        requireStart(release.resolve("bin/map"), "version");
        requireStart(release.resolve("bin/map-verify"), "--help");
    }

    private void assembleVerifier(Path verifier) throws IOException, InterruptedException {
        Path lib = Files.createDirectories(verifier.resolve("lib"));
        for (Path jar : jars("jars")) {
            String name = jar.getFileName().toString();
            if (VERIFIER_JARS.contains(name.replaceFirst("-[0-9].*", ""))) {
                StoredJar.rewrite(jar, lib.resolve(name), time);
            }
        }
        link(verifier.resolve("runtime"), modules("modules-verify.txt"));
        script("map-verify", verifier);
        copyVerifyProgram(verifier);
        copyTree(javaHome.resolve("legal/java.base"), verifier.resolve("NOTICE/jdk"), "");
        Files.copy(root.resolve("LICENSE"), verifier.resolve("LICENSE"));
        describe(verifier, "map-verify");
        requireStart(verifier.resolve("bin/map-verify"), "--help");
    }

    /** Nothing but jars and their licences: all else is in the release it is unpacked into. */
    private void assembleKafka(Path archive) throws IOException {
        Files.createDirectories(archive);
        for (Path jar : jars("jars-kafka")) {
            StoredJar.rewrite(jar, archive.resolve(jar.getFileName().toString()), time);
            Licences.copy(jar, archive.resolve("NOTICE"));
        }
    }

    /** What puts the release onto a host, starts it there, and takes it away again. */
    private void copyInstaller(Path release) throws IOException {
        Path scripts = root.resolve("installer/src/main/sh");
        for (String name : List.of("install.sh", "uninstall.sh")) {
            executable(scripts.resolve(name), release.resolve(name));
        }
        copyTree(scripts.resolve("install"), release.resolve("install"), ".sh");
        copyTree(root.resolve("systemd"), release.resolve("systemd"), "");
        // Lies beside the tarball on a medium, and checks it before anything of it runs.
        executable(
                scripts.resolve("medium-install.sh"),
                output.resolve("map-sovereign-" + version + "-install.sh"));
    }

    private void copyVerifyProgram(Path target) throws IOException {
        Files.copy(
                root.resolve("appliance/audit-verifier/src/main/python/verify.py"),
                target.resolve("verify.py"));
    }

    private List<Path> jars(String folder) throws IOException {
        try (Stream<Path> found = Files.list(output.resolve(folder))) {
            return found.filter(path -> path.toString().endsWith(".jar")).sorted().toList();
        }
    }

    private String modules(String file) throws IOException {
        return String.join(
                ",",
                Files.readAllLines(root.resolve("installer/src/main/jlink").resolve(file)).stream()
                        .map(line -> line.replaceFirst("#.*", "").strip())
                        .filter(line -> !line.isEmpty())
                        .toList());
    }

    /**
     * Uncompressed modules: the tarball's compression does better on the whole than jlink's on
     * parts.
     */
    private void link(Path image, String modules) throws IOException, InterruptedException {
        run(
                javaHome.resolve("bin/jlink").toString(),
                "--add-modules",
                modules,
                "--strip-java-debug-attributes",
                "--no-header-files",
                "--no-man-pages",
                "--compress",
                "zip-0",
                "--output",
                image.toString());
        // The site's own trust set is the only one: a copy of the build host's would be a second.
        Files.deleteIfExists(image.resolve("lib/security/cacerts"));
        deleteTree(image.resolve("legal"));
    }

    private void script(String name, Path release) throws IOException {
        Path bin = Files.createDirectories(release.resolve("bin"));
        executable(root.resolve("installer/src/main/sh").resolve(name), bin.resolve(name));
    }

    private static void executable(Path from, Path to) throws IOException {
        Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
        Files.setPosixFilePermissions(to, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private void describe(Path release, String product) throws IOException {
        Files.writeString(
                release.resolve("release.json"),
                "{\"commit_time\":\"%s\",\"product\":\"%s\",\"version\":\"%s\"}\n"
                        .formatted(time, product, version));
        StringBuilder manifest = new StringBuilder();
        for (Path file : files(release)) {
            String mode = Files.isExecutable(file) ? "0755" : "0644";
            Files.setPosixFilePermissions(
                    file,
                    PosixFilePermissions.fromString(
                            mode.equals("0755") ? "rwxr-xr-x" : "rw-r--r--"));
            manifest.append(mode)
                    .append(' ')
                    .append(sha256(file))
                    .append("  ")
                    .append(release.relativize(file))
                    .append('\n');
        }
        Files.writeString(release.resolve("MANIFEST"), manifest);
    }

    private Path pack(Path folder, String name) throws IOException, InterruptedException {
        return pack(folder.getParent(), folder.getFileName().toString(), name);
    }

    /** As {@link #pack}, without a folder around it. */
    private Path packContent(Path folder, String name) throws IOException, InterruptedException {
        return pack(folder, ".", name);
    }

    private Path pack(Path folder, String content, String name)
            throws IOException, InterruptedException {
        Path tar = output.resolve(name.substring(0, name.length() - ".gz".length()));
        run(
                "tar",
                "--create",
                "--format=ustar",
                "--sort=name",
                "--mtime=@" + time.getEpochSecond(),
                "--owner=0",
                "--group=0",
                "--numeric-owner",
                "--mode=u=rwX,go=rX",
                "--file=" + tar,
                "--directory=" + folder,
                content);
        run("gzip", "--no-name", "--force", "-9", tar.toString());
        return output.resolve(name);
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> walk = Files.walk(folder)) {
            return walk.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static void copyTree(Path from, Path to, String... endings) throws IOException {
        if (!Files.isDirectory(from)) {
            throw new IOException("no folder " + from + " to copy into the release");
        }
        for (Path file : files(from)) {
            String name = from.relativize(file).toString();
            boolean wanted = Stream.of(endings).anyMatch(name::endsWith);
            if (wanted && !name.startsWith("target/") && !name.startsWith("src/")) {
                Path target = to.resolve(name);
                Files.createDirectories(target.getParent());
                Files.copy(file, target);
            }
        }
    }

    private static void deleteTree(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(
                folder,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.delete(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(
                            Path visited, @org.jspecify.annotations.Nullable IOException failure)
                            throws IOException {
                        Files.delete(visited);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        int status = process.waitFor();
        if (status != 0) {
            throw new IOException(command[0] + " ended with status " + status);
        }
    }

    /** A program whose image lacks a module does not even start; then there is no release. */
    private static void requireStart(Path program, String argument)
            throws IOException, InterruptedException {
        ProcessBuilder start =
                new ProcessBuilder(program.toString(), argument)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.INHERIT);
        // As on a host that has no Java.
        start.environment().clear();
        start.environment().put("PATH", "/usr/bin:/bin");
        int status = start.start().waitFor();
        if (status != 0) {
            throw new IOException(program + " " + argument + " ended with status " + status);
        }
    }

    private static String sha256(Path file) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(Files.readAllBytes(file));
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
