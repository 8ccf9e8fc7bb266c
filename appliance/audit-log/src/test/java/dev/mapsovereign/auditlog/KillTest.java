package dev.mapsovereign.auditlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Real processes, really killed, under load. */
@ExtendWith(SeededRandomExtension.class)
class KillTest {
    private static final int KILLS = Integer.getInteger("map.test.kills", 20);

    @TempDir Path temporary;

    private Path folder = Path.of("");

    /** Tenant and index to record hash, of every answer of every process. */
    private final Map<String, String> answered = new HashMap<>();

    private final Set<String> begun = new HashSet<>();
    private final Set<String> done = new HashSet<>();

    @Test
    void kill_underLoad_losesNothingAnswered(SeededRandom random) throws Exception {
        folder = temporary.resolve("audit");
        for (int kill = 0; kill < KILLS; kill++) {
            runAndKill(random);
            try (AuditLog log = TestLog.open(folder)) {
                while (log.status().openIntents() > 0) {
                    TestLog.breathe();
                }
                LogCheck.Checked checked = LogCheck.check(log);
                requireAnswers(log, kill);
                requireOneRecordEach(checked, kill);
            }
        }
        assertThat(answered.size()).isGreaterThan(KILLS);
        assertThat(begun).isNotEmpty();
        System.out.println(
                KILLS
                        + " kills, "
                        + answered.size()
                        + " answers, "
                        + begun.size()
                        + " intents, "
                        + random);
    }

    private void runAndKill(SeededRandom random) throws Exception {
        // A file, not a pipe: what the process has written stays whole however it ends.
        Path told = temporary.resolve("told");
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx256m",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                classPath(),
                                AppendingProcess.class.getName(),
                                folder.toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .redirectOutput(told.toFile())
                        .start();
        try {
            while (Files.size(told) == 0 && process.isAlive()) {
                TestLog.breathe();
            }
            Thread.sleep(random.nextInt(400));
        } finally {
            process.destroyForcibly();
            process.waitFor();
        }
        String[] lines = Files.readString(told, StandardCharsets.US_ASCII).split("\n", -1);
        assertThat(lines[0]).isEqualTo("ready");
        // The last line may be cut off; what it told was told to nobody.
        Arrays.stream(lines, 1, lines.length - 1).forEach(this::note);
    }

    private void note(String line) {
        String[] words = line.split(" ", -1);
        switch (words[0]) {
            case "record" -> answer(words[1] + " " + words[2], words[3]);
            case "begun" -> begun.add(words[2]);
            case "done" -> {
                done.add(words[2]);
                answer(words[1] + " " + words[3], words[4]);
            }
            default -> throw new IllegalStateException(line);
        }
    }

    private void answer(String place, String hash) {
        assertThat(answered.put(place, hash)).as("index used twice: %s", place).isNull();
    }

    private void requireAnswers(AuditLog log, int kill) {
        Map<String, List<byte[]>> leaves = new HashMap<>();
        for (TenantId tenant : log.tenants()) {
            leaves.put(tenant.value(), log.leaves(tenant, 0, (int) log.head(tenant).size()));
        }
        answered.forEach((place, hash) -> {
            String[] words = place.split(" ", -1);
            List<byte[]> own = Objects.requireNonNull(leaves.get(words[0]));
            int index = Integer.parseInt(words[1]);
            assertThat(own.size()).as("kill %d, %s", kill, place).isGreaterThan(index);
            assertThat(Hex.encode(LogCheck.sha256(own.get(index))))
                    .as("kill %d, %s", kill, place)
                    .isEqualTo(hash);
        });
    }

    private void requireOneRecordEach(LogCheck.Checked checked, int kill) {
        Map<String, Integer> records = new HashMap<>();
        Set<String> interrupted = new HashSet<>();
        for (List<AuditRecord> tenant : checked.records().values()) {
            for (AuditRecord record : tenant) {
                String id = record.correlationId().map(Object::toString).orElse("");
                records.merge(id, 1, Integer::sum);
                if (record.code().filter("interrupted"::equals).isPresent()) {
                    interrupted.add(id);
                }
            }
        }
        for (String id : begun) {
            assertThat(records.getOrDefault(id, 0)).as("kill %d, intent %s", kill, id).isOne();
        }
        interrupted.retainAll(done);
        assertThat(interrupted).as("interrupted though answered").isEmpty();
    }

    /** The modules' classes and the tests' own. */
    static String classPath() throws URISyntaxException {
        List<String> parts = new ArrayList<>();
        parts.add(Path.of("target", "test-classes").toAbsolutePath().toString());
        for (Class<?> each : List.of(AuditLog.class, TenantId.class)) {
            parts.add(
                    Path.of(each.getProtectionDomain().getCodeSource().getLocation().toURI())
                            .toString());
        }
        return String.join(System.getProperty("path.separator"), parts);
    }
}
