package dev.mapsovereign.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.gateway.listen.EdgeLimits;
import dev.mapsovereign.gateway.testing.RawClient;
import dev.mapsovereign.gateway.testing.TestNode;
import dev.mapsovereign.testing.SeededRandom;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A running node against {@link DullHttp}: both must see the same requests in one stream, every
 * request is answered strictly and recorded once, and a good request behind anything is answered as
 * itself or not at all. The same run again, but for the letters of the API key: {@code
 * -Dmap.test.seed=…}; a longer one: {@code -Dmap.test.fuzz.seconds=…}.
 */
@Tag("slow")
final class RequestReaderFuzzTest {
    private static final Duration TIME =
            Duration.ofSeconds(Long.getLong("map.test.fuzz.seconds", 30L));

    /** After so many cases another connection is served, and none is left open. */
    private static final int ROUND = 160;

    private static final int AT_ONCE = 16;

    /** One case of so many does not say that nothing more comes, and waits for the deadlines. */
    private static final int WAITING = 400;

    private static final String WITHOUT_BODY = "";
    private static final int SHOWN_BYTES_MAX = 4_000;
    private static final Set<Integer> STATUSES =
            Set.of(200, 400, 401, 403, 404, 405, 408, 409, 413, 415, 422, 431);

    private final SeededRandom random = SeededRandom.create();
    private int cases;
    private final LongAdder refused = new LongAdder();
    private final LongAdder answered = new LongAdder();
    private final LongAdder followed = new LongAdder();

    @TempDir private Path folder;

    @Test
    void stream_anyBytes_isReadAsTheDullModelReadsIt() throws Exception {
        System.out.println(random);
        try (TestNode node = new TestNode(folder, Optional.empty(), impatient());
                ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) {
            HostileStreams streams = new HostileStreams(random, node.apiKey(), rows(node));
            long end = System.nanoTime() + TIME.toNanos();
            while (System.nanoTime() - end < 0) {
                round(node, streams, threads);
            }
        }
        String counts =
                "%s cases, %s requests answered, %s refused, %s good ones behind a case"
                        .formatted(cases, answered, refused, followed);
        System.out.println(counts);
        // Each must have been met often, else this test compares nothing.
        assertThat(List.of(answered, refused, followed))
                .as(counts)
                .allMatch(count -> count.sum() > cases / 8);
    }

    private static EdgeLimits impatient() {
        EdgeLimits usual = EdgeLimits.defaults();
        return new EdgeLimits(
                200,
                200,
                Duration.ofSeconds(10),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(10),
                Duration.ofSeconds(1),
                usual.fieldsMax(),
                usual.headBytesMax(),
                usual.streamsMax(),
                usual.bodyBytesTogetherMax());
    }

    /** Rows of a length that can be sent often; none that asks the module to break. */
    private static List<byte[]> rows(TestNode node) {
        return HostileRequestTest.rows()
                .filter(row -> !row.name().startsWith("module"))
                .map(row -> row.bytes().apply(node))
                .filter(bytes -> bytes.length < 50_000)
                .toList();
    }

    /**
     * One case.
     *
     * @param goodAt where the good request begins that is sent behind it
     * @param mark what that one asks to be echoed
     * @param waits whether the client does not say that nothing more comes
     */
    private record Case(
            int number, byte[] all, int goodAt, String mark, List<byte[]> parts, boolean waits) {}

    private Case made(TestNode node, HostileStreams streams, int number) {
        byte[] bytes = streams.next();
        String mark = "mark " + number;
        byte[] good =
                node.call(TestNode.envelope("echo", "{\"n\":\"" + mark + "\"}"))
                        .getBytes(StandardCharsets.ISO_8859_1);
        byte[] all = Arrays.copyOf(bytes, bytes.length + good.length);
        System.arraycopy(good, 0, all, bytes.length, good.length);
        return new Case(
                number, all, bytes.length, mark, streams.parts(all), random.nextInt(WAITING) == 0);
    }

    /** Runs some cases side by side: their records are then durable together. */
    private void round(TestNode node, HostileStreams streams, ExecutorService threads)
            throws Exception {
        long inTenant = node.records(TestNode.TENANT);
        long inNode = node.records(TenantId.NODE);
        List<Future<List<String>>> running = new ArrayList<>();
        for (int at = 0; at < ROUND; at++) {
            Case each = made(node, streams, cases++);
            running.add(threads.submit(() -> one(node, each)));
        }
        List<String> correlations = new ArrayList<>();
        for (Future<List<String>> each : running) {
            correlations.addAll(each.get());
        }
        List<JsonObject> records = new ArrayList<>(node.recordsFrom(TestNode.TENANT, inTenant));
        records.addAll(node.recordsFrom(TenantId.NODE, inNode));
        assertRecordedOnce(correlations, records);
        assertServes(node);
    }

    /** An answer without a body says no id; its record is there all the same. */
    private void assertRecordedOnce(List<String> correlations, List<JsonObject> records) {
        List<String> unanswered =
                new ArrayList<>(
                        records.stream()
                                .map(each -> each.text("correlation_id").orElse(""))
                                .toList());
        List<String> unrecorded = new ArrayList<>();
        int withoutBody = 0;
        for (String id : correlations) {
            if (id.equals(WITHOUT_BODY)) {
                withoutBody++;
            } else if (!unanswered.remove(id)) {
                unrecorded.add(id);
            }
        }
        String when = "in the round before case %d of %s".formatted(cases, random);
        assertThat(unrecorded).as("answered without a record %s", when).isEmpty();
        assertThat(unanswered).as("recorded without an answer %s", when).hasSize(withoutBody);
    }

    private List<String> one(TestNode node, Case sent) {
        byte[] answers = {};
        try (RawClient client = RawClient.plain(node.port())) {
            for (byte[] part : sent.parts()) {
                client.send(part);
            }
            if (!sent.waits()) {
                client.endOutput();
            }
            answers = client.rest();
            return compare(sent, answers);
        } catch (Exception | AssertionError e) {
            throw new AssertionError(
                    "case %d of %s: %s%nsent %s%n%s%nanswered %s%n%s"
                            .formatted(
                                    sent.number(),
                                    random,
                                    e,
                                    hex(sent.all()),
                                    text(sent.all()),
                                    hex(answers),
                                    text(answers)),
                    e);
        }
    }

    /** Reads both streams side by side; gives the correlation ids of the answers. */
    private List<String> compare(Case sent, byte[] stream) {
        DullHttp requests = new DullHttp(sent.all());
        StrictAnswers answers = new StrictAnswers(stream);
        List<String> correlations = new ArrayList<>();
        boolean open = true;
        while (open) {
            DullHttp.Message message = requests.next();
            Optional<StrictAnswers.Answer> next = answers.next(message.method().equals("HEAD"));
            next.ifPresent(answer -> assertAnswer(answer, correlations));
            if (next.isPresent() && message.method().equals("HEAD") && recorded(message)) {
                correlations.add(WITHOUT_BODY);
            }
            open =
                    switch (message) {
                        case DullHttp.Nothing(String ignored) -> {
                            assertThat(next).isEmpty();
                            yield false;
                        }
                        case DullHttp.Unfinished(String ignored) -> {
                            // Who waits is told; who leaves is not.
                            assertThat(next.map(StrictAnswers.Answer::status))
                                    .isEqualTo(sent.waits() ? Optional.of(408) : Optional.empty());
                            yield false;
                        }
                        case DullHttp.Refused(String ignored) -> {
                            assertThat(next.orElseThrow().status()).isIn(400, 413, 431);
                            assertThat(next.orElseThrow().closing()).isTrue();
                            refused.increment();
                            yield false;
                        }
                        case DullHttp.Request request -> goesOn(sent, request, next.orElseThrow());
                    };
        }
        assertThat(answers.next(false)).isEmpty();
        return correlations;
    }

    private static void assertAnswer(StrictAnswers.Answer answer, List<String> correlations) {
        assertThat(answer.status()).isIn(STATUSES);
        String text = text(answer.body());
        assertThat(text).doesNotContain("Exception", "\tat ", ".java");
        if (answer.body().length > 0) {
            JsonObject body = json(answer.body());
            body.text("correlation_id")
                    .or(() -> body.object("metadata").flatMap(all -> all.text("correlation_id")))
                    .ifPresent(correlations::add);
        }
    }

    private static boolean recorded(DullHttp.Message message) {
        return !(message instanceof DullHttp.Request request)
                || Set.of("/v1/dispatch", "/admin/trace").contains(request.path());
    }

    private boolean goesOn(Case sent, DullHttp.Request request, StrictAnswers.Answer answer) {
        answered.increment();
        boolean call = request.path().equals("/v1/dispatch");
        if (call && answer.status() == 200) {
            assertThat(request.whole()).isTrue();
            assertThat(json(answer.body()).object("data"))
                    .isEqualTo(json(request.body()).object("input"));
        }
        if (request.start() == sent.goodAt()) {
            assertThat(answer.status()).isEqualTo(200);
            assertThat(text(answer.body())).contains("\"" + sent.mark() + "\"");
            followed.increment();
        }
        if (!request.persistent()) {
            assertThat(answer.closing()).isTrue();
        }
        return request.whole() && !answer.closing();
    }

    private static void assertServes(TestNode node) throws Exception {
        try (RawClient client = RawClient.plain(node.port())) {
            String call = node.call(TestNode.envelope("echo", "{\"n\":\"good\"}"));
            RawClient.Reply reply = client.send(call).reply();
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.text()).contains("\"good\"");
        }
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (connections(node) > 0 && System.nanoTime() - deadline < 0) {
            Thread.sleep(1);
        }
        assertThat(connections(node)).as("open connections").isZero();
    }

    private static double connections(TestNode node) {
        return node.registry.get("map_gateway_connections").gauge().value();
    }

    private static JsonObject json(byte[] bytes) {
        return JsonReader.parseObject(bytes, JsonReader.Limits.DEFAULT);
    }

    private static String text(byte[] bytes) {
        return new String(
                bytes, 0, Math.min(bytes.length, SHOWN_BYTES_MAX), StandardCharsets.ISO_8859_1);
    }

    private static String hex(byte[] bytes) {
        return Hex.encode(Arrays.copyOf(bytes, Math.min(bytes.length, SHOWN_BYTES_MAX)));
    }
}
