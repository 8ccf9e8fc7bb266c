package dev.mapsovereign.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.node.client.DispatchClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Callers who call until they are told to stop, whatever happens to the node meanwhile, and
 * remember every answer: {@link SiteCheck} holds the node to them. Half of them send messages,
 * which are kept in the database; half only ask.
 */
final class Load {
    private static final int CALLERS = 6;
    private static final long SECONDS_MAX = 120;

    /** What a caller was told of its record. */
    record Answered(long index, String hash, String correlationId) {}

    private final Site site;
    private final Queue<Answered> answered = new ConcurrentLinkedQueue<>();
    private final Set<String> messages = ConcurrentHashMap.newKeySet();
    private final Map<String, AtomicInteger> outcomes = new ConcurrentHashMap<>();
    private final List<Thread> threads = new ArrayList<>();
    private AtomicBoolean stop = new AtomicBoolean();

    Load(Site site) {
        this.site = site;
    }

    /** Every answer that named a record. */
    Queue<Answered> answered() {
        return answered;
    }

    /** The ids of the messages that were accepted. */
    Set<String> messages() {
        return messages;
    }

    /** How many answers there were of that operation and code, {@code "resolve ok"}. */
    int count(String outcome) {
        AtomicInteger count = outcomes.get(outcome);
        return count == null ? 0 : count.get();
    }

    /** All outcomes, for messages. */
    Map<String, AtomicInteger> outcomes() {
        return outcomes;
    }

    void start() {
        stop = new AtomicBoolean();
        AtomicBoolean until = stop;
        for (int caller = 0; caller < CALLERS; caller++) {
            boolean sends = caller % 2 == 0;
            threads.add(Thread.ofVirtual().start(() -> call(sends, until)));
        }
    }

    void stop() throws InterruptedException {
        stop.set(true);
        for (Thread thread : threads) {
            assertThat(thread.join(java.time.Duration.ofSeconds(SECONDS_MAX)))
                    .as("a call ends")
                    .isTrue();
        }
        threads.clear();
    }

    /** Waits until there were so many more answers of that outcome. */
    void await(String outcome, int more) throws InterruptedException {
        int count = count(outcome) + more;
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
        while (count(outcome) < count) {
            if (System.nanoTime() > until) {
                throw new AssertionError(
                        "no %d more of %s, but %s%n%s"
                                .formatted(more, outcome, outcomes, site.logTail()));
            }
            Thread.sleep(5);
        }
    }

    private void call(boolean sends, AtomicBoolean until) {
        DispatchClient client = site.client(site.apiKey());
        while (!until.get()) {
            try {
                if (sends) {
                    note(SiteCalls.send(client, site.agentDid()), "send");
                } else {
                    note(SiteCalls.resolve(client, site.agentDid()), "resolve");
                }
            } catch (OperatorException e) {
                // The node is away: this call was not answered.
                outcomes.computeIfAbsent("away", any -> new AtomicInteger()).incrementAndGet();
                pause();
            }
        }
    }

    private void note(DispatchClient.Answer answer, String operation) {
        JsonObject metadata = answer.body().object("metadata").orElse(JsonObject.EMPTY);
        Optional<String> id =
                metadata.text("correlation_id").or(() -> answer.body().text("correlation_id"));
        metadata.integer("record_index")
                .ifPresent(index ->
                        answered.add(
                                new Answered(
                                        index,
                                        metadata.text("record_hash").orElseThrow(),
                                        id.orElseThrow())));
        if (answer.ok()) {
            answer.body()
                    .object("data")
                    .flatMap(data -> data.text("message_id"))
                    .ifPresent(messages::add);
        }
        String code = answer.ok() ? "ok" : answer.body().text("code").orElse("?");
        outcomes.computeIfAbsent(operation + " " + code, any -> new AtomicInteger())
                .incrementAndGet();
        if (!answer.ok()) {
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
