package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whether each check of the verifier is needed: with it off, some medium that must be refused
 * passes. A check behind which another one stands is named below with those that stand behind it.
 */
@Tag("slow")
final class ChecksBiteTest {
    @TempDir static Path folder;

    private static List<SpoiledMedia.Case> cases = List.of();

    @BeforeAll
    static void spoil() {
        cases = SpoiledMedia.all(folder.resolve("media"));
    }

    @Test
    void verify_everySpoiledMedium_isRefusedByBothPrograms() {
        List<String> wrong = new ArrayList<>();
        for (SpoiledMedia.Case each : cases) {
            Verifiers.Outcome java = Verifiers.inProcess(each.arguments().toArray());
            if (java.exit() != each.exit()) {
                wrong.add("map-verify: " + each + ": " + java);
            }
            if (each.python()) {
                Verifiers.Outcome python =
                        Verifiers.python(each.arguments().subList(0, 3).toArray());
                if (python.exit() != each.exit() || python.output().contains("Traceback")) {
                    wrong.add("verify.py: " + each + ": " + python);
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void verify_withOneCheckOff_someSpoiledMediumPasses() throws Exception {
        SwitchedBuild build = new SwitchedBuild(folder.resolve("build"));
        Set<Set<String>> biting = new HashSet<>();
        List<String> all = new ArrayList<>();
        for (SpoiledMedia.Case each : cases) {
            Set<String> off = new LinkedHashSet<>();
            SwitchedBuild.Run run = build.run(each.arguments(), off);
            while (run.exit() != 0) {
                List<String> next =
                        run.reached().stream()
                                .filter(build.checks()::contains)
                                .filter(check -> !off.contains(check))
                                .toList();
                if (next.isEmpty()) {
                    break;
                }
                off.add(next.getLast());
                run = build.run(each.arguments(), off);
            }
            all.add(each + ": " + off + " " + run.exit());
            if (run.exit() == 0) {
                biting.add(off);
            }
        }
        List<String> idle = new ArrayList<>();
        for (String check : build.checks()) {
            Set<String> needed = new HashSet<>(BACKED.getOrDefault(check, Set.of()));
            needed.add(check);
            if (!biting.contains(needed) && !STOPS.containsKey(check)) {
                idle.add(check);
            }
        }
        assertThat(build.checks()).hasSizeGreaterThan(60).containsAll(BACKED.keySet());
        assertThat(build.checks()).containsAll(STOPS.keySet());
        assertThat(idle).as(String.join("\n", all)).isEmpty();
    }

    /** Checks that never decide alone: with these others off as well, a medium passes. */
    private static final Map<String, Set<String>> BACKED =
            Map.of(
                    // Says 1, "unauthenticated", where the other would say 4.
                    "HeaderReader.requireKnownNode 1", Set.of("HeaderReader.acceptKeys 1"),
                    "KeyRecord.proven 3",
                            Set.of("HeaderReader.epochs 1", "RecordScanner.identify 2"),
                    // What stands before a range is held down by the links from both sides.
                    "RangeVerifier.checkLink 1", Set.of("RangeVerifier.checkLink 2"),
                    "RangeVerifier.take 1", Set.of("RangeVerifier.checkLink 1"),
                    "RangeVerifier.checkEntries 1",
                            Set.of(
                                    "RangeVerifier.checkEntries 2",
                                    "RangeVerifier.checkEntries 3",
                                    "RangeVerifier.checkEntry 1",
                                    "RangeVerifier.checkLink 2",
                                    "RangeVerifier.end 1",
                                    "RangeVerifier.end 2",
                                    "RecordScanner.identify 2"));

    /** Checks without which the program does not pass a medium but comes to grief, and how. */
    private static final Map<String, String> STOPS =
            Map.of(
                    "HeaderReader.content 1", "an invariant: every own file was read before",
                    "HeaderReader.readOwnFiles 1", "the bundle's own files would be elsewhere",
                    "ManifestReader.finish 2", "a medium that gives other bytes when read again",
                    "NodeVerifier.readAgain 1", "a medium that gives other bytes when read again",
                    "RangeVerifier.checkEntries 2", "reads beyond the file",
                    "RecordScanner.peek 1", "reads beyond the record",
                    "RecordScanner.string 1", "never ends",
                    "StateCheck.check 1", "there is nothing to compare");
}
