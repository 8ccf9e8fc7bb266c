package dev.mapsovereign.release;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A jar as Maven collected it: ours, or as somebody else published it.
 *
 * @param group Maven's group identifier; whose it is
 * @param licence SPDX expression
 * @param jar in a folder laid out as Maven lays out a repository
 */
record Library(String group, String name, String version, String licence, Path jar) {
    /** Of our own jars. */
    static final String OURS = "dev.mapsovereign";

    static final String APACHE_2 = "Apache-2.0";

    /**
     * Every jar below the folder, in the order of their files' names.
     *
     * @param licences a file of lines {@code <group> <SPDX expression>}, reviewed by people: what
     *     libraries say about themselves has many spellings
     * @throws IOException also for a group without a licence: such a release must not be given away
     */
    static List<Library> read(Path folder, Path licences) throws IOException {
        Map<String, String> known = licences(licences);
        List<Library> libraries = new ArrayList<>();
        for (Path jar : FileTree.files(folder)) {
            if (!jar.toString().endsWith(".jar")) {
                continue;
            }
            // <group, a folder for each part>/<name>/<version>/<file>
            Path place = folder.relativize(jar);
            int names = place.getNameCount();
            String group = place.subpath(0, names - 3).toString().replace('/', '.');
            String licence =
                    licence(group, known)
                            .orElseThrow(() ->
                                    new IOException("no licence of " + group + " in " + licences));
            libraries.add(
                    new Library(
                            group,
                            place.getName(names - 3).toString(),
                            place.getName(names - 2).toString(),
                            licence,
                            jar));
        }
        libraries.sort(Comparator.comparing(Library::file));
        return List.copyOf(libraries);
    }

    /** The jar's own name. */
    String file() {
        return jar.getFileName().toString();
    }

    boolean isOurs() {
        return group.equals(OURS);
    }

    /** Its package URL, by which databases of vulnerabilities know it. */
    String purl() {
        return "pkg:maven/%s/%s@%s?type=jar".formatted(group, name, version);
    }

    /** The digest under which it was published, before {@link StoredJar}. */
    String publishedSha256() throws IOException {
        return FileTree.sha256(jar);
    }

    /** What the list says of the group, or of the one that it is a part of. */
    private static Optional<String> licence(String group, Map<String, String> known) {
        if (group.equals(OURS)) {
            return Optional.of(APACHE_2);
        }
        for (String part = group; ; part = part.substring(0, part.lastIndexOf('.'))) {
            if (known.containsKey(part)) {
                return Optional.ofNullable(known.get(part));
            }
            if (!part.contains(".")) {
                return Optional.empty();
            }
        }
    }

    private static Map<String, String> licences(Path file) throws IOException {
        Map<String, String> licences = new HashMap<>();
        for (String line : Files.readAllLines(file)) {
            String text = line.replaceFirst("#.*", "").strip();
            if (!text.isEmpty()) {
                String[] parts = text.split(" +", 2);
                licences.put(parts[0], parts[1]);
            }
        }
        return licences;
    }
}
