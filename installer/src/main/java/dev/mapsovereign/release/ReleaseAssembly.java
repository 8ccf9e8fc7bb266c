package dev.mapsovereign.release;

import dev.mapsovereign.base.durable.FolderTree;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * Makes a release from the jars that the other modules built; what it consists of stands in {@code
 * docs/reference/release.md}.
 *
 * <p>{@code map-sovereign-<version>-linux-x86_64.tar.gz} holds a run-time image of JDK modules only
 * (jlink refuses automatic modules, and several libraries are such), with all jars beside it on the
 * module path. {@code map-verify-<version>-linux-x86_64.tar.gz} holds the auditor's program alone:
 * two JDK modules, three jars and {@code verify.py}. {@code map-sovereign-kafka-<version>.tar.gz}
 * holds the jars that feed the audit log into Kafka, to be unpacked into a release's {@code lib}.
 *
 * <p>The same commit, JDK build and C library give the same bytes, whoever builds where: {@code
 * installer/reproduce.sh} shows it.
 */
public final class ReleaseAssembly {
    /**
     * What the auditor's program consists of; anything else in its image would have to be trusted
     * too.
     */
    private static final Set<String> VERIFIER_JARS =
            Set.of("kernel-base", "audit-log", "audit-verifier");

    private final Source source;
    private final Path root;
    private final Path output;
    private final Path javaHome = Path.of(System.getProperty("java.home"));
    private final List<Library> libraries;
    private final List<Library> kafkaLibraries;
    private final Sbom sbom;
    private final List<Path> published = new ArrayList<>();

    private ReleaseAssembly(Source source, Path root, Path output) throws IOException {
        this.source = source;
        this.root = root;
        this.output = output;
        Path licences = root.resolve("NOTICE/licences.txt");
        this.libraries = Library.read(output.resolve("jars"), licences);
        this.kafkaLibraries = Library.read(output.resolve("jars-kafka"), licences);
        this.sbom = new Sbom(source);
    }

    /**
     * Arguments: version, repository folder, output folder (whose {@code jars} and {@code
     * jars-kafka} hold what Maven collected), release key and note key (see {@link
     * ReleaseSignature}).
     */
    public static void main(String[] arguments)
            throws IOException, InterruptedException, ExecutionException {
        if (arguments.length != 5) {
            throw new IllegalArgumentException("usage: VERSION REPOSITORY OUTPUT KEY NOTE-KEY");
        }
        Path root = Path.of(arguments[1]).toRealPath();
        Source source = Source.read(root, arguments[0]);
        new ReleaseAssembly(source, root, Path.of(arguments[2]).toRealPath())
                .assemble(arguments[3], arguments[4]);
    }

    private void assemble(String key, String noteKey)
            throws IOException, InterruptedException, ExecutionException {
        Path stage = output.resolve("stage");
        FolderTree.delete(stage);
        forgetEarlierReleases();
        String version = source.version();
        Path release = stage.resolve("map-sovereign-" + version);
        Path verifier = stage.resolve("map-verify-" + version);
        Path kafka = stage.resolve("map-sovereign-kafka-" + version);
        assembleKafka(kafka);
        HostLibraries libc = assembleRelease(release);
        assembleVerifier(verifier);
        packAll(release, verifier, kafka);
        // Both are needed before anything is unpacked.
        publish(
                "map-sovereign-" + version + "-install.sh",
                Files.readAllBytes(root.resolve("installer/src/main/sh/medium-install.sh")));
        publish(
                "map-sovereign-" + version + "-join.sh",
                Files.readAllBytes(release.resolve("bin/map-join")));
        publish("release.json", Files.readAllBytes(release.resolve("release.json")));
        publish("map-sovereign-" + version + ".cdx.json", sbom.document());
        published.sort(null);
        publish(
                "provenance.json",
                Provenance.statement(source, published, allLibraries(), javaHome, libc));
        new ReleaseSignature(output, source).sign(writeSums(), key, noteKey, root);
    }

    private HostLibraries assembleRelease(Path release) throws IOException, InterruptedException {
        Path lib = Files.createDirectories(release.resolve("lib"));
        Licences licences = new Licences(root, release.resolve("NOTICE"));
        for (Library library : libraries) {
            add(library, lib, "lib", licences);
        }
        Path runtime = release.resolve("runtime");
        link(runtime, modules("modules.txt"));
        sbom.runtime(runtime, javaHome);
        script("map", release);
        script("map-prepare", release);
        script("map-verify", release);
        script("map-split", release);
        script("map-join", release);
        script("map-rollback", release);
        script("map-units", release);
        copyInstaller(release);
        FileTree.copy(root.resolve("migrations"), release.resolve("sql"), ".sql", ".sh", ".md");
        FileTree.copy(root.resolve("docs"), release.resolve("docs"), ".md", ".svg");
        FileTree.copy(root.resolve("installer/src/main/config"), release.resolve("conf"), ".toml");
        FileTree.copy(
                root.resolve("appliance/plugin-host/src/main/sample"),
                release.resolve("sample"),
                "");
        FileTree.copyFile(root.resolve("NOTICE/README.md"), release.resolve("NOTICE/README.md"));
        licences.copyJdk(javaHome, Sbom.modules(runtime));
        copyVerifyProgram(release);
        FileTree.copyFile(root.resolve("LICENSE"), release.resolve("LICENSE"));
        FileTree.copyFile(root.resolve("README.md"), release.resolve("README.md"));
        HostLibraries libc = addContainerParts(release, licences);
        Files.write(
                release.resolve("map-sovereign-" + source.version() + ".cdx.json"),
                sbom.document());
        describe(release, "map-sovereign");
        requireStart(release.resolve("bin/map"), "version");
        requireStart(release.resolve("bin/map-verify"), "--help");
        return libc;
    }

    /** What an image has beside the release: the C library, names of users, empty folders. */
    private HostLibraries addContainerParts(Path release, Licences licences)
            throws IOException, InterruptedException {
        HostLibraries libc = HostLibraries.of(release.resolve("runtime"));
        Path image = release.resolve("oci/root");
        Path examples = root.resolve("installer/oci");
        FileTree.copy(
                examples,
                release.resolve("oci"),
                ".container",
                ".yaml",
                "/group",
                "/passwd",
                "/nsswitch.conf");
        FileTree.copyFile(examples.resolve("java.args"), release.resolve("java.args"));
        FileTree.copyFile(
                root.resolve("Dockerfile.sovereign"), release.resolve("Dockerfile.sovereign"));
        for (Path library : libc.files()) {
            FileTree.copyFile(library, image.resolve(library.toString().substring(1)));
        }
        Files.createDirectories(image.resolve("var/lib"));
        Files.createDirectories(release.resolve("oci/empty"));
        sbom.libraries(libc, image, "oci/root");
        licences.copyLibraries(libc);
        return libc;
    }

    private void assembleVerifier(Path verifier) throws IOException, InterruptedException {
        Path lib = Files.createDirectories(verifier.resolve("lib"));
        for (Library library : libraries) {
            if (library.isOurs() && VERIFIER_JARS.contains(library.name())) {
                StoredJar.rewrite(library.jar(), lib.resolve(library.file()), source.time());
            }
        }
        Path runtime = verifier.resolve("runtime");
        link(runtime, modules("modules-verify.txt"));
        script("map-verify", verifier);
        copyVerifyProgram(verifier);
        new Licences(root, verifier.resolve("NOTICE")).copyJdk(javaHome, Sbom.modules(runtime));
        FileTree.copyFile(root.resolve("LICENSE"), verifier.resolve("LICENSE"));
        describe(verifier, "map-verify");
        requireStart(verifier.resolve("bin/map-verify"), "--help");
    }

    /** Nothing but jars and their licences: all else is in the release it is unpacked into. */
    private void assembleKafka(Path archive) throws IOException {
        Files.createDirectories(archive);
        Licences licences = new Licences(root, archive.resolve("NOTICE"));
        String place = archive.getFileName() + ".tar.gz";
        for (Library library : kafkaLibraries) {
            add(library, archive, place, licences);
        }
    }

    private void add(Library library, Path folder, String place, Licences licences)
            throws IOException {
        Path stored = folder.resolve(library.file());
        StoredJar.rewrite(library.jar(), stored, source.time());
        sbom.jar(library, stored, place + "/" + library.file());
        if (!library.isOurs()) {
            licences.copy(library);
        }
    }

    private List<Library> allLibraries() {
        return Stream.concat(libraries.stream(), kafkaLibraries.stream()).toList();
    }

    /** What puts the release onto a host, starts it there, and takes it away again. */
    private void copyInstaller(Path release) throws IOException {
        for (String name : List.of("install.sh", "uninstall.sh")) {
            executable(name, release.resolve(name));
        }
        FileTree.copy(
                root.resolve("installer/src/main/sh/install"), release.resolve("install"), ".sh");
        FileTree.copy(root.resolve("systemd"), release.resolve("systemd"), "");
    }

    private void copyVerifyProgram(Path target) throws IOException {
        FileTree.copyFile(
                root.resolve("appliance/audit-verifier/src/main/python/verify.py"),
                target.resolve("verify.py"));
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
        Program.run(
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
        FolderTree.delete(image.resolve("legal"));
    }

    private void script(String name, Path release) throws IOException {
        executable(name, release.resolve("bin").resolve(name));
    }

    private void executable(String name, Path target) throws IOException {
        FileTree.copyFile(root.resolve("installer/src/main/sh").resolve(name), target);
        FileTree.makeExecutable(target);
    }

    /** Last: {@code MANIFEST} lists every other file with its mode and digest. */
    private void describe(Path release, String product) throws IOException {
        JsonObject description =
                JsonObject.builder()
                        .put("product", product)
                        .put("version", source.version())
                        .put("commit_time", source.time().toString())
                        .put("counter", source.counter())
                        .put("upgrades_from", source.upgradesFrom())
                        .build();
        Files.writeString(release.resolve("release.json"), CanonicalJson.text(description) + "\n");
        StringBuilder manifest = new StringBuilder();
        for (Path file : FileTree.files(release)) {
            int mode = FileTree.mode(file);
            Files.setPosixFilePermissions(
                    file,
                    PosixFilePermissions.fromString(mode == 0755 ? "rwxr-xr-x" : "rw-r--r--"));
            manifest.append("%04o ".formatted(mode))
                    .append(FileTree.sha256(file))
                    .append("  ")
                    .append(release.relativize(file))
                    .append('\n');
        }
        Files.writeString(release.resolve("MANIFEST"), manifest);
    }

    /** Compressing takes the time: as many at once as there are processors. */
    private void packAll(Path release, Path verifier, Path kafka)
            throws InterruptedException, ExecutionException {
        String version = source.version();
        Path image = output.resolve("map-sovereign-" + version + ".oci.tar");
        String name = release.getFileName() + "-linux-x86_64.tar";
        List<Callable<Path>> archives =
                List.of(
                        () -> pack(release, name + ".zst"),
                        () -> pack(release, name + ".gz"),
                        () -> {
                            OciArchive.write(release, source, image);
                            return image;
                        },
                        () -> pack(verifier, verifier.getFileName() + "-linux-x86_64.tar.gz"),
                        () -> packContent(kafka, kafka.getFileName() + ".tar.gz"));
        try (ExecutorService threads =
                Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
            for (Future<Path> archive : threads.invokeAll(archives)) {
                published.add(archive.get());
            }
        }
    }

    private Path pack(Path folder, String name) throws IOException {
        return pack(folder, folder.getFileName().toString(), name);
    }

    /** As {@link #pack}, without a folder around it. */
    private Path packContent(Path folder, String name) throws IOException {
        return pack(folder, "", name);
    }

    private Path pack(Path folder, String nameInside, String name) throws IOException {
        Path archive = output.resolve(name);
        OutputStream compressed =
                name.endsWith(".zst") ? Archives.zstd(archive) : Archives.gzip(archive);
        try (TarWriter tar = new TarWriter(compressed, source.time())) {
            tar.tree(folder, nameInside);
        }
        return archive;
    }

    private void publish(String name, byte[] content) throws IOException {
        published.add(Files.write(output.resolve(name), content));
    }

    private Path writeSums() throws IOException {
        StringBuilder sums = new StringBuilder();
        for (Path file : published.stream().sorted().toList()) {
            sums.append(FileTree.sha256(file)).append("  ").append(file.getFileName()).append('\n');
        }
        return Files.writeString(output.resolve("SHA256SUMS"), sums);
    }

    /** Of another version, or signed by another key: whoever takes the folder takes one release. */
    private void forgetEarlierReleases() throws IOException {
        try (DirectoryStream<Path> earlier =
                Files.newDirectoryStream(
                        output,
                        "{map-sovereign-*,map-verify-*,SHA256SUMS*,release*,provenance.json}")) {
            for (Path file : earlier) {
                Files.delete(file);
            }
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
}
