package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.testing.SeededRandom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What somebody without the keys can do to a medium, two thousand times from one seed: none of it
 * may pass, and none may crash the verifier. Thirty of them also go through the real programs.
 */
@Tag("slow")
final class MutationTest {
    private static final int MUTATIONS = 2_100;
    private static final int BY_PROGRAMS = 30;
    private static final TenantId ACME = TenantId.of("acme");

    @TempDir static Path folder;

    private static SyntheticNode node;
    private static Path medium;
    private static Path top;
    private static Path trust;

    /** Files of other media of the same layout: an older one, another node's, a forger's. */
    private static List<Path> donors = List.of();

    @BeforeAll
    static void export() {
        node = new SyntheticNode("alpha");
        SyntheticLog acme = node.tenant("acme").append(30);
        medium = folder.resolve("medium");
        node.export(medium, Map.of(TenantId.NODE, 0L, ACME, 0L));
        Path older = MediumFiles.copy(medium, folder.resolve("older"));
        acme.append(270);
        node.own.append(5);
        node.export(medium, Map.of(TenantId.NODE, 2L, ACME, 30L));
        top = node.folder(medium);
        trust = node.trustFile(folder);
        donors = List.of(node.folder(older), other("other", "", 300), forger());
    }

    /** Another node's medium. */
    private static Path other(String name, String word, int records) {
        SyntheticNode other = new SyntheticNode(name, word);
        Path at = folder.resolve(name + word);
        SyntheticLog acme = other.tenant("acme").append(30);
        other.export(at, Map.of(TenantId.NODE, 0L, ACME, 0L));
        acme.append(records - 30);
        other.own.append(5);
        other.export(at, Map.of(TenantId.NODE, 2L, ACME, 30L));
        return other.folder(at);
    }

    /** One record edited, every hash made to fit, signed by keys of the forger's own. */
    private static Path forger() {
        SyntheticNode forger = new SyntheticNode("alpha", "forger");
        Path at = folder.resolve("forger");
        SyntheticLog acme = forger.tenant("acme").append(17);
        acme.appendText(acme.goodRecord(17).replace("success", "refused")).append(12);
        forger.export(at, Map.of(TenantId.NODE, 0L, ACME, 0L));
        acme.append(270);
        forger.own.append(5);
        forger.export(at, Map.of(TenantId.NODE, 2L, ACME, 30L));
        return forger.folder(at);
    }

    /** One change; the files that it touches are put back afterwards. */
    private interface Mutation {
        /** Returns what was done, or nothing if that changes no byte. */
        String apply(SeededRandom random, List<Path> files) throws IOException;
    }

    private static final List<Mutation> KINDS =
            List.of(
                    MutationTest::flip,
                    MutationTest::flip,
                    MutationTest::resize,
                    MutationTest::swap,
                    MutationTest::splice,
                    MutationTest::forge,
                    MutationTest::drop);

    @Test
    void verify_whateverAStrangerChanges_isRefused() throws IOException {
        SeededRandom random = SeededRandom.create();
        List<Path> files = MediumFiles.evidence(top);
        List<byte[]> good = files.stream().map(MediumFiles::read).toList();
        assertThat(Verifiers.inProcess(medium, "--trust", trust).exit()).isZero();
        int done = 0;
        for (int i = 0; done < MUTATIONS; i++) {
            assertThat(i).isLessThan(4 * MUTATIONS);
            Mutation kind = KINDS.get(i % KINDS.size());
            String what = kind.apply(random, files);
            try {
                if (what.isEmpty() || isWhole(files, good)) {
                    continue;
                }
                done++;
                Verifiers.Outcome outcome = Verifiers.inProcess(medium, "--trust", trust);
                // Under another node's signature nothing was changed: there is no key for it.
                boolean foreign =
                        what.endsWith(donors.get(1).toString()) && what.contains("manifest.sig");
                assertThat(outcome.exit())
                        .as("seed %d, %d: %s: %s", random.seed(), i, what, outcome.output())
                        .isIn(foreign ? List.of(1, 4) : List.of(4));
                if (done % (MUTATIONS / BY_PROGRAMS) == 0) {
                    Verifiers.Outcome java = Verifiers.program(medium, "--trust", trust);
                    assertThat(java.exit()).as(what + java.output()).isEqualTo(outcome.exit());
                    Verifiers.Outcome python = Verifiers.python(medium, "--trust", trust);
                    assertThat(python.exit()).as(what + python.output()).isEqualTo(outcome.exit());
                    assertThat(python.output()).doesNotContain("Traceback");
                }
            } finally {
                putBack(files, good);
            }
        }
        assertThat(Verifiers.inProcess(medium, "--trust", trust).exit()).isZero();
    }

    private static boolean isWhole(List<Path> files, List<byte[]> good) {
        for (int i = 0; i < files.size(); i++) {
            if (!Files.exists(files.get(i))
                    || !Arrays.equals(MediumFiles.read(files.get(i)), good.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static void putBack(List<Path> files, List<byte[]> good) throws IOException {
        for (int i = 0; i < files.size(); i++) {
            if (!Files.exists(files.get(i))
                    || !Arrays.equals(MediumFiles.read(files.get(i)), good.get(i))) {
                Files.write(files.get(i), good.get(i));
            }
        }
    }

    private static Path any(SeededRandom random, List<Path> files) {
        return files.get(random.nextInt(files.size()));
    }

    private static String flip(SeededRandom random, List<Path> files) throws IOException {
        Path file = any(random, files);
        byte[] bytes = MediumFiles.read(file);
        int at = random.nextInt(bytes.length);
        bytes[at] ^= (byte) (1 << random.nextInt(8));
        Files.write(file, bytes);
        return "flip in " + file + " at " + at;
    }

    private static String resize(SeededRandom random, List<Path> files) throws IOException {
        Path file = any(random, files);
        byte[] bytes = MediumFiles.read(file);
        int length = random.nextInt(2 * bytes.length);
        Files.write(file, Arrays.copyOf(bytes, length));
        return file + " from " + bytes.length + " to " + length + " bytes";
    }

    private static String swap(SeededRandom random, List<Path> files) throws IOException {
        Path one = any(random, files);
        Path other = any(random, files);
        byte[] first = MediumFiles.read(one);
        Files.write(one, MediumFiles.read(other));
        Files.write(other, first);
        return one + " and " + other + " swapped";
    }

    private static String drop(SeededRandom random, List<Path> files) throws IOException {
        Path file = any(random, files);
        Files.delete(file);
        return file + " dropped";
    }

    /** A few files from an older state, another node or the forger: replays and splices. */
    private static String splice(SeededRandom random, List<Path> files) throws IOException {
        Path donor = donors.get(random.nextInt(donors.size()));
        List<Path> taken = new ArrayList<>();
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            Path file = any(random, files);
            Path from = donor.resolve(top.relativize(file));
            if (Files.exists(from)) {
                Files.write(file, MediumFiles.read(from));
                taken.add(file);
            }
        }
        return taken.isEmpty() ? "" : taken + " from " + donor;
    }

    /** All of the forger's medium, with some of the true signatures, checkpoints and proofs. */
    private static String forge(SeededRandom random, List<Path> files) throws IOException {
        Path donor = donors.getLast();
        List<Path> kept = new ArrayList<>();
        for (Path file : files) {
            String name = top.relativize(file).toString();
            boolean signed = !name.startsWith("logs/") && !name.endsWith(".txt");
            if (signed && random.nextInt(2) == 0) {
                kept.add(file);
            } else if (Files.exists(donor.resolve(name))) {
                Files.write(file, MediumFiles.read(donor.resolve(name)));
            }
        }
        return "the forger's, but for " + kept;
    }
}
