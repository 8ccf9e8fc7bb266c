package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
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
        assertThat(build.checks().size()).isGreaterThan(50);
        Map<String, Set<String>> together = new TreeMap<>();
        Set<String> biting = new TreeSet<>();
        Set<String> reached = new TreeSet<>();
        for (SpoiledMedia.Case each : cases) {
            Set<String> off = new HashSet<>();
            List<String> chain = new ArrayList<>();
            SwitchedBuild.Run run = build.run(each.arguments(), off);
            while (run.exit() != 0) {
                reached.addAll(run.reached());
                List<String> fresh =
                        run.reached().stream()
                                .filter(build.checks()::contains)
                                .filter(check -> !off.contains(check))
                                .toList();
                if (fresh.isEmpty()) {
                    chain.add("ends: " + run.output().lines().reduce("", (a, b) -> b));
                    break;
                }
                off.add(fresh.getLast());
                chain.add(fresh.getLast());
                run = build.run(each.arguments(), off);
            }
            if (run.exit() == 0 && chain.size() == 1) {
                biting.add(chain.getFirst());
            } else if (!chain.isEmpty()) {
                together.computeIfAbsent(chain.getFirst(), check -> new TreeSet<>())
                        .add(each + " -> " + chain);
            }
        }
        Map<String, Object> idle = new LinkedHashMap<>();
        for (String check : build.checks()) {
            if (!biting.contains(check) && !BACKED.containsKey(check)) {
                idle.put(check, together.getOrDefault(check, Set.of("never reached")));
            }
        }
        assertThat(idle).as("%d bite", biting.size()).isEmpty();
        assertThat(biting).as("bite, though named as backed").doesNotContainAnyElementsOf(
                BACKED.keySet());
    }

    /** Checks that never decide alone, and why they are there. */
    private static final Map<String, String> BACKED = Map.of();
}
