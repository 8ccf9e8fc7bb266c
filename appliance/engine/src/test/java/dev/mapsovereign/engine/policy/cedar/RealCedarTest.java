package dev.mapsovereign.engine.policy.cedar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.testing.SeededRandom;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Our subset against Cedar itself, which is not part of this tree: {@code .ci/run} fetches the npm
 * package and names its {@code nodejs/cedar_wasm.js} in {@code map.test.cedar}. Statements,
 * entities and requests are drawn from one seed; {@code map.test.cedar.cases} asks for more.
 *
 * <p>Held to one verdict: the decision, which statements determined it, which are errors; and for
 * each text, that we take none that Cedar refuses, and that what we refuse and Cedar takes is among
 * what the subset leaves out.
 */
class RealCedarTest {
    private static final int CASES = 3_000;
    private static final int SECONDS_MAX = 600;

    /** What the subset leaves out; anything else that Cedar takes must be taken. */
    private static final Pattern LEFT_OUT =
            Pattern.compile(
                    "not in this subset"
                            // Parentheses around the entity of a head.
                            + "|an entity such as Tenant::\"acme\" is expected, not [(\\]]");

    @TempDir private Path folder;

    /** A case as we judged it. */
    private record Ours(
            Map<String, String> texts, Map<String, String> refused, Authorizer.Answer answer) {}

    @Test
    void judge_drawnCases_isWhatCedarSays() throws Exception {
        String cedar = System.getProperty("map.test.cedar", "");
        assumeThat(cedar)
                .as(
                        "Cedar is not here; fetch it by 'npm ci --prefix appliance/engine/src/test/npm'"
                                + " and name node_modules/@cedar-policy/cedar-wasm/nodejs/cedar_wasm.js"
                                + " in -Dmap.test.cedar")
                .isNotEmpty();
        SeededRandom random = SeededRandom.create();
        CedarCases cases = new CedarCases(random);
        CedarTexts texts = new CedarTexts(random, cases);
        List<Ours> ours = new ArrayList<>();
        List<String> lines = new ArrayList<>();
        int count = Integer.getInteger("map.test.cedar.cases", CASES);
        for (int i = 0; i < count; i++) {
            Map<String, String> drawn = new LinkedHashMap<>();
            for (int n = random.nextInt(5); n >= 0; n--) {
                drawn.put("p" + n, texts.next());
            }
            CedarCases.Case one = cases.next();
            Ours judged = judge(drawn, one.request());
            ours.add(judged);
            lines.add(line(judged, one.json()));
        }

        List<JsonObject> theirs = cedar(Path.of(cedar), lines);

        assertThat(theirs).hasSameSizeAs(ours);
        Tally tally = new Tally();
        for (int i = 0; i < count; i++) {
            String which = random + " case " + i + ":\n" + lines.get(i);
            compare(ours.get(i), theirs.get(i), which, tally);
        }
        tally.requireDiverse(count);
    }

    private static Ours judge(Map<String, String> texts, Request request) {
        List<Authorizer.Named> statements = new ArrayList<>();
        Map<String, String> refused = new LinkedHashMap<>();
        texts.forEach((name, text) -> {
            try {
                List<Statement> read = PolicyParser.parse(text);
                assertThat(read).as(text).hasSizeLessThan(3);
                if (read.size() == 1) {
                    statements.add(new Authorizer.Named(name, read.getFirst()));
                } else {
                    refused.put(name, "two statements, which Cedar takes only as a set");
                }
            } catch (CedarSyntaxException e) {
                refused.put(name, String.valueOf(e.getMessage()));
            }
        });
        return new Ours(texts, refused, Authorizer.judge(statements, request));
    }

    private static String line(Ours judged, JsonObject json) {
        JsonObject.Builder texts = JsonObject.builder();
        judged.texts().forEach(texts::put);
        return json.toBuilder()
                .put("texts", texts.build())
                .put(
                        "judged",
                        JsonArray.ofStrings(
                                judged.texts().keySet().stream()
                                        .filter(name -> !judged.refused().containsKey(name))
                                        .toList()))
                .build()
                .toString();
    }

    private List<JsonObject> cedar(Path module, List<String> lines)
            throws IOException, InterruptedException {
        Path file = folder.resolve("cases");
        Path output = folder.resolve("answers");
        Files.write(file, lines);
        Process process =
                new ProcessBuilder(
                                "node",
                                "src/test/npm/judge.cjs",
                                module.toString(),
                                file.toString())
                        .redirectOutput(output.toFile())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("Cedar did not end");
        }
        assertThat(process.exitValue()).isZero();
        return Files.readAllLines(output).stream()
                .map(line ->
                        JsonReader.parseObject(
                                line.getBytes(StandardCharsets.UTF_8), JsonReader.Limits.DEFAULT))
                .toList();
    }

    private static void compare(Ours ours, JsonObject theirs, String which, Tally tally) {
        JsonObject refused = theirs.object("refused").orElseThrow();
        ours.texts()
                .forEach((name, text) -> {
                    boolean byUs = ours.refused().containsKey(name);
                    if (refused.has(name)) {
                        assertThat(byUs)
                                .as("we take what Cedar refuses, %s: %s\n%s", refused, text, which)
                                .isTrue();
                    } else if (byUs) {
                        assertThat(ours.refused().get(name))
                                .as("we refuse what Cedar takes: %s\n%s", text, which)
                                .containsPattern(LEFT_OUT);
                    }
                    tally.texts++;
                    tally.refused += byUs ? 1 : 0;
                });
        assertThat(theirs.text("failure")).as(which).isEmpty();
        Authorizer.Answer answer = ours.answer();
        assertThat(theirs.bool("allowed")).as("decision, %s", which).contains(answer.allowed());
        assertThat(names(theirs, "errors"))
                .as("errors, ours %s, %s", answer.errors(), which)
                .isEqualTo(answer.errors().keySet());
        assertThat(names(theirs, "determining"))
                .as("determining, %s", which)
                .isEqualTo(Set.copyOf(answer.determining()));
        tally.allowed += answer.allowed() ? 1 : 0;
        tally.forbidden += !answer.allowed() && !answer.determining().isEmpty() ? 1 : 0;
        tally.withErrors += answer.errors().isEmpty() ? 0 : 1;
    }

    private static Set<String> names(JsonObject answer, String member) {
        Set<String> names = new HashSet<>();
        answer.array(member)
                .orElseThrow()
                .values()
                .forEach(value -> names.add(((JsonString) value).value()));
        return names;
    }

    /** A corpus in which everything is denied would prove little. */
    private static final class Tally {
        private int texts;
        private int refused;
        private int allowed;
        private int forbidden;
        private int withErrors;

        void requireDiverse(int cases) {
            assertThat(allowed).isGreaterThan(cases / 20);
            assertThat(forbidden).isGreaterThan(cases / 20);
            assertThat(withErrors).isGreaterThan(cases / 20);
            assertThat(refused).isBetween(texts / 100, texts / 2);
        }
    }
}
