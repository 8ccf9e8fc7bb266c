package dev.mapsovereign.system;

import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.node.client.ClientIdentity;
import dev.mapsovereign.node.client.DispatchClient;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Callers of several tenants who begin a call every so often, whatever became of those before, and
 * try the next gateway when one cannot be reached. Every answer is remembered.
 */
final class FleetLoad {
    private static final Duration EVERY = Duration.ofMillis(100);
    private static final int UNDER_WAY_MAX = 400;

    /**
     * One answer.
     *
     * @param nanos when it came
     * @param code {@code ok} or the refusal's
     */
    record Answered(
            long nanos, String tenant, String code, Optional<String> id, Optional<String> hash) {}

    private final List<URI> gateways;
    private final Map<String, String> keys;
    private final String did;
    private final Path root;
    private final Queue<Answered> answers = new ConcurrentLinkedQueue<>();
    private final Map<String, AtomicInteger> outcomes = new ConcurrentHashMap<>();
    private final Semaphore underWay = new Semaphore(UNDER_WAY_MAX);
    private final List<Thread> callers = new ArrayList<>();
    private volatile boolean stopped;

    /**
     * Calls nobody yet.
     *
     * @param keys a key for each tenant
     * @param did whose keys they are
     * @param root the authority's certificate
     */
    FleetLoad(List<URI> gateways, Map<String, String> keys, String did, Path root) {
        this.gateways = List.copyOf(gateways);
        this.keys = Map.copyOf(keys);
        this.did = did;
        this.root = root;
    }

    /** What came so far. */
    Queue<Answered> answers() {
        return answers;
    }

    /** How many of each code. */
    Map<String, AtomicInteger> outcomes() {
        return outcomes;
    }

    void start() {
        keys.forEach((tenant, key) -> {
            List<DispatchClient> clients = gateways.stream().map(url -> client(url, key)).toList();
            callers.add(Thread.ofVirtual().start(() -> begin(tenant, clients)));
        });
    }

    private DispatchClient client(URI gateway, String key) {
        return new DispatchClient(
                new ClientIdentity(
                        gateway,
                        Optional.of(Secret.copyOf(key.getBytes(StandardCharsets.US_ASCII))),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(root)));
    }

    private void begin(String tenant, List<DispatchClient> clients) {
        for (int call = 0; !stopped; call++) {
            int number = call;
            if (underWay.tryAcquire()) {
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                call(tenant, clients, number);
                            } finally {
                                underWay.release();
                            }
                        });
            }
            try {
                Thread.sleep(EVERY);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** A gateway that cannot be reached has had nothing: the call may go to the other. */
    private void call(String tenant, List<DispatchClient> clients, int number) {
        for (int at = 0; at < clients.size(); at++) {
            DispatchClient client = clients.get((number + at) % clients.size());
            try {
                note(
                        tenant,
                        number % 3 == 0
                                ? SiteCalls.send(client, did)
                                : SiteCalls.resolve(client, did));
                return;
            } catch (OperatorException away) {
                outcomes.computeIfAbsent("away", any -> new AtomicInteger()).incrementAndGet();
            }
        }
    }

    private void note(String tenant, DispatchClient.Answer answer) {
        JsonObject metadata = answer.body().object("metadata").orElse(JsonObject.EMPTY);
        String code = answer.ok() ? "ok" : answer.body().text("code").orElse("?");
        answers.add(
                new Answered(
                        System.nanoTime(),
                        tenant,
                        code,
                        metadata.text("correlation_id")
                                .or(() -> answer.body().text("correlation_id")),
                        metadata.text("record_hash")));
        outcomes.computeIfAbsent(code, any -> new AtomicInteger()).incrementAndGet();
    }

    /** Begins no more, and waits for those under way. */
    void stop() throws InterruptedException {
        stopped = true;
        for (Thread caller : callers) {
            caller.join();
        }
        if (!underWay.tryAcquire(UNDER_WAY_MAX, 90, java.util.concurrent.TimeUnit.SECONDS)) {
            throw new AssertionError("calls did not end");
        }
    }
}
