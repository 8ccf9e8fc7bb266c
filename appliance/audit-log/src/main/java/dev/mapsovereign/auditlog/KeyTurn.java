package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.checkpoint.RotationPlan;
import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.auditlog.record.KeyRotation;
import dev.mapsovereign.auditlog.record.RecordFormat;
import dev.mapsovereign.auditlog.tree.TenantTree;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Leads all logs of a node from one seed's keys to the next one's, step by step as
 * docs/internals/key-rotation.md has it. Each step can be repeated: what is durable of it is looked
 * up first, so a rotation goes on after a crash, or after records could not be written, where it
 * stopped.
 *
 * <p>For one thread at a time.
 */
final class KeyTurn {
    private static final long POLL_NANOS = 1_000_000;

    private final AuditLogConfig config;
    private final SigningKeys keys;
    private final CheckpointPublisher publisher;
    private final Committer committer;
    private final Tenants tenants;
    private final Function<TenantId, TenantTree> built;
    private final Function<TenantId, LeafReader> leaves;

    /**
     * The records of the rotation under way by chain and origin, on their way or durable. Never
     * given up by the committer, so none of them must be handed over twice.
     */
    private final Map<TenantId, Map<String, Recorded>> records = new HashMap<>();

    private sealed interface Recorded {
        record At(long index) implements Recorded {}

        record Sent(Pending pending) implements Recorded {}
    }

    KeyTurn(
            AuditLogConfig config,
            SigningKeys keys,
            CheckpointPublisher publisher,
            Committer committer,
            Tenants tenants,
            Function<TenantId, TenantTree> built,
            Function<TenantId, LeafReader> leaves) {
        this.config = config;
        this.keys = keys;
        this.publisher = publisher;
        this.committer = committer;
        this.tenants = tenants;
        this.built = built;
        this.leaves = leaves;
    }

    /**
     * Begins a rotation. After it returned, nothing but the end of it can follow.
     *
     * @param seed of the next epoch; must live as long as the log
     */
    void begin(Secret seed, Consumer<RotationStep> progress) throws IOException {
        announce();
        records.clear();
        publisher.quietly(() -> {
            Map<TenantChain, Long> published = new LinkedHashMap<>();
            for (TenantChain chain : tenants.all()) {
                published.put(chain, publisher.publishedSize(chain.tenant()));
                // Decided this moment: no record of it can be in any chain.
                records.put(chain.tenant(), new HashMap<>());
            }
            keys.begin(seed, published);
        });
        progress.accept(RotationStep.PLANNED);
    }

    /**
     * Says that the seed is about to be used up. It is the first thing, since it shows at no cost
     * whether the journal takes records, and since tenants whose creation nobody waited for are
     * settled behind it.
     */
    private void announce() {
        AuditDraft draft =
                AuditDraft.builder(TenantId.NODE, EventType.KEY_USED, AuditOutcome.SUCCESS)
                        .operation("keys_rotate")
                        .meta(
                                JsonObject.builder()
                                        .put("epoch", keys.newestEpoch())
                                        .put("role", "log")
                                        .build())
                        .build();
        committer.commit(
                Pending.record(tenants.require(TenantId.NODE), RecordFormat.prepare(draft)));
    }

    /**
     * Brings a rotation that is under way to its end; does nothing if there is none.
     *
     * @throws dev.mapsovereign.base.audit.AuditUnavailableException if records do not become
     *     durable in time
     * @throws IOException if checkpoints do not
     */
    void proceed(Consumer<RotationStep> progress) throws IOException {
        if (keys.underWay().isEmpty()) {
            return;
        }
        RotationPlan plan = keys.underWay().get();
        TenantChain node = tenants.require(TenantId.NODE);
        if (keys.isTurning(TenantId.NODE, node.epoch())) {
            send(node, plan.logs(), rotation(plan, node));
            keys.recorded(TenantId.NODE, node.epoch(), awaitAll(TenantId.NODE));
            progress.accept(RotationStep.RECORDED);
            publish(List.of(node));
        }
        progress.accept(RotationStep.NODE_TURNED);
        List<TenantChain> turning =
                tenants.all().stream()
                        .filter(chain -> keys.isTurning(chain.tenant(), chain.epoch()))
                        .toList();
        for (TenantChain chain : turning) {
            KeyRotation own = rotation(plan, chain);
            send(chain, List.of(own), own);
        }
        for (TenantChain chain : turning) {
            keys.recorded(chain.tenant(), chain.epoch(), awaitAll(chain.tenant()));
        }
        progress.accept(RotationStep.LOGS_RECORDED);
        publish(turning);
        keys.ended();
        records.clear();
        progress.accept(RotationStep.TURNED);
    }

    private static KeyRotation rotation(RotationPlan plan, TenantChain chain) {
        return plan.logs().stream()
                .filter(log -> log.origin().endsWith("/" + chain.tenant()))
                .findFirst()
                .orElseThrow();
    }

    /** Hands over those records that are neither in the chain nor on their way. */
    private void send(TenantChain chain, List<KeyRotation> rotations, KeyRotation own) {
        Map<String, Recorded> known = records.get(chain.tenant());
        if (known == null) {
            known = find(chain, own);
            records.put(chain.tenant(), known);
        }
        for (KeyRotation rotation : rotations) {
            if (!known.containsKey(rotation.origin())) {
                Pending pending = Pending.own(chain, rotation.keyRotated(chain.tenant()));
                committer.submit(pending);
                known.put(rotation.origin(), new Recorded.Sent(pending));
            }
        }
    }

    /** What of this rotation stands in a chain since before a restart. */
    private Map<String, Recorded> find(TenantChain chain, KeyRotation own) {
        Map<String, Recorded> found = new HashMap<>();
        LeafReader reader = leaves.apply(chain.tenant());
        long end = chain.head().size();
        for (long at = own.fromSize() - 1; at < end; at += Limits.SCAN_RECORDS) {
            int count = (int) Math.min(Limits.SCAN_RECORDS, end - at);
            for (byte[] leaf : reader.leaves(at, count)) {
                AuditRecord record = AuditRecord.parse(ChainRule.record(leaf));
                if (record.eventType().equals(EventType.KEY_ROTATED.wire())) {
                    found.put(
                            KeyRotation.of(record.meta()).origin(),
                            new Recorded.At(record.index()));
                }
            }
        }
        return found;
    }

    /** The index of the last of a chain's records, all of them durable. */
    private long awaitAll(TenantId tenant) {
        long deadline = System.nanoTime() + config.appendDeadline().toNanos();
        long last = 0;
        for (Recorded recorded : List.copyOf(records.getOrDefault(tenant, Map.of()).values())) {
            last = Math.max(last, index(recorded, deadline));
        }
        return last;
    }

    private static long index(Recorded recorded, long deadlineNanos) {
        return switch (recorded) {
            case Recorded.At(long index) -> index;
            case Recorded.Sent(Pending pending) -> {
                while (!pending.isSettled()) {
                    if (System.nanoTime() - deadlineNanos > 0) {
                        throw Availability.unavailable(
                                "a key rotation waits for the journal, and goes on by itself");
                    }
                    LockSupport.parkNanos(POLL_NANOS);
                }
                yield pending.reference().index();
            }
        };
    }

    private void publish(List<TenantChain> chains) throws IOException {
        List<TenantTree> trees = new ArrayList<>();
        chains.forEach(chain -> trees.add(built.apply(chain.tenant())));
        publisher.publish(trees);
    }
}
