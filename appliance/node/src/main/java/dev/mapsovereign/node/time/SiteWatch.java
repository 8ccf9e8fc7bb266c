package dev.mapsovereign.node.time;

import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.Engine;
import dev.mapsovereign.engine.drain.Readiness;
import dev.mapsovereign.node.NodeCore;
import io.micrometer.core.instrument.MeterRegistry;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Looks at clock and dates while a node runs, and keeps it in repair mode as long as something is
 * wrong with them: it never ends the node, and the node leaves by itself once the cause is gone
 * (docs/internals/time-and-expiry.md). Safe for use by several threads.
 */
public final class SiteWatch implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(SiteWatch.class.getName());
    private static final String SET_THE_CLOCK =
            "set the clock (timedatectl set-time); the node goes on by itself then. map clock shows"
                    + " both";
    private static final String TO_CALLERS =
            "the clock of this node is wrong, so nothing can be recorded with a true time and nothing"
                    + " be answered; the operator finds more in /ready and in the node's log";

    private final NodeCore core;
    private final Readiness readiness;
    private final SiteDates dates;
    private final TimeMeters meters;
    private final CountDownLatch closing = new CountDownLatch(1);

    /** Covers the three below, and orders looks. */
    private final ReentrantLock looking = new ReentrantLock();

    private final Map<String, String> said = new HashMap<>();
    private boolean clockBehind;
    private Optional<Engine> engine = Optional.empty();

    private volatile Supplier<List<X509Certificate>> served = List::of;
    private volatile Optional<Thread> thread = Optional.empty();

    /** A watch that has not looked yet. */
    public SiteWatch(NodeCore core, Readiness readiness) {
        this.core = core;
        this.readiness = readiness;
        this.dates = new SiteDates(core);
        this.meters = new TimeMeters(core.clock());
    }

    /** Looks at the clock alone: before anything of this start is recorded. */
    public void lookAtClock() {
        alone(this::judgeClock);
    }

    /**
     * From now on this engine is kept from answering while the clock is wrong.
     *
     * @param registry where the dates are counted down
     */
    public void guard(Engine running, MeterRegistry registry) {
        meters.register(registry);
        alone(() -> {
            engine = Optional.of(running);
            if (clockBehind) {
                running.suspend(TO_CALLERS);
            }
        });
    }

    /** Looks at everything, and from now on again and again. */
    public void start(Supplier<List<X509Certificate>> chain) {
        served = chain;
        look();
        thread = Optional.of(Thread.ofPlatform().daemon().name("map-site-watch").start(this::run));
    }

    /** Looks at everything now. */
    public void look() {
        alone(() -> {
            judgeClock();
            judgeDates();
        });
    }

    private void alone(Runnable work) {
        looking.lock();
        try {
            work.run();
        } finally {
            looking.unlock();
        }
    }

    private void run() {
        try {
            while (!closing.await(Limits.LOOK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
                lookOnceMore();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void lookOnceMore() {
        try {
            look();
        } catch (RuntimeException failed) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "the look at clock and dates failed; the next one follows",
                    failed);
        }
    }

    private void judgeClock() {
        Instant now = core.clock().instant();
        TimeFloor.Floor floor;
        try {
            floor = core.timeFloor().now();
            clearWarning(Readiness.CLOCK);
        } catch (OperatorException e) {
            // A floor that cannot be read must not stop the node; the others still hold.
            floor = core.timeFloor().readable();
            warn(Readiness.CLOCK, e.getMessage() + e.hint().map(hint -> "; " + hint).orElse(""));
        }
        if (floor.isAfter(now)) {
            clockIsBehind(floor, now);
        } else if (clockBehind) {
            clockIsGood(floor, now);
        }
        meters.clock(clockBehind);
    }

    private void clockIsBehind(TimeFloor.Floor floor, Instant now) {
        String finding = TimeFloor.behind(floor, now);
        readiness.set(Readiness.CLOCK, finding + "; " + SET_THE_CLOCK);
        if (clockBehind) {
            return;
        }
        clockBehind = true;
        core.auditLog().holdSigning(finding);
        engine.ifPresent(running -> running.suspend(TO_CALLERS));
        LOG.log(
                System.Logger.Level.ERROR,
                "repair mode: {0}; calls are refused and no checkpoint is signed. Remedy: {1}",
                finding,
                SET_THE_CLOCK);
        record("before_floor", AuditOutcome.ERROR, floor, now);
    }

    private void clockIsGood(TimeFloor.Floor floor, Instant now) {
        record("good", AuditOutcome.SUCCESS, floor, now);
        clockBehind = false;
        core.auditLog().resumeSigning();
        engine.ifPresent(Engine::resume);
        readiness.clear(Readiness.CLOCK);
        LOG.log(
                System.Logger.Level.INFO,
                "the clock shows {0}, no longer before the time floor; calls are taken again",
                now);
    }

    private void record(String state, AuditOutcome outcome, TimeFloor.Floor floor, Instant now) {
        try {
            core.auditLog()
                    .append(
                            AuditDraft.builder(TenantId.NODE, EventType.CLOCK_STEPPED, outcome)
                                    .meta(
                                            JsonObject.builder()
                                                    .put("clock", now.toString())
                                                    .put("floor", floor.time().toString())
                                                    .put("floor_from", floor.source().wire())
                                                    .put("state", state)
                                                    .build())
                                    .build());
        } catch (AuditUnavailableException e) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "the audit log does not take the record of the clock: {0}",
                    e.getMessage());
        }
    }

    private void judgeDates() {
        Instant now = core.clock().instant();
        List<Expiry> stopping = new ArrayList<>();
        List<Expiry> lists = new ArrayList<>();
        List<Expiry> registry = new ArrayList<>();
        List<Expiry> soon = new ArrayList<>();
        // A clock that is known to be wrong judges no date.
        List<Expiry> all = clockBehind ? List.of() : dates.essential(served.get()).dates();
        meters.dates(all);
        for (Expiry each : all) {
            if (each.state(now).stopped()) {
                switch (each.kind()) {
                    case SERVER_CERTIFICATE, ROOT -> stopping.add(each);
                    case CRL -> lists.add(each);
                    case REGISTRY -> registry.add(each);
                    default -> soon.add(each);
                }
            } else if (each.state(now) == Expiry.State.SOON) {
                soon.add(each);
            }
        }
        report(Readiness.CERTIFICATE, lines(stopping, now));
        report(Readiness.CRL, lines(lists, now));
        warning(Readiness.REGISTRY, lines(registry, now));
        warning(Readiness.EXPIRY, lines(soon, now));
    }

    /** One line for each remedy: what one command mends is said together. */
    private static List<String> lines(List<Expiry> dates, Instant now) {
        Map<String, List<String>> byRemedy = new LinkedHashMap<>();
        for (Expiry each : dates) {
            byRemedy.computeIfAbsent(each.remedy(now), _ -> new ArrayList<>())
                    .add(each.finding(now));
        }
        List<String> lines = new ArrayList<>();
        byRemedy.forEach(
                (remedy, findings) -> lines.add(String.join(", ", findings) + ": " + remedy));
        return lines;
    }

    private void report(String component, List<String> lines) {
        if (lines.isEmpty()) {
            readiness.clear(component);
            if (said.remove(component) != null) {
                LOG.log(System.Logger.Level.INFO, "repaired: {0}", component);
            }
            return;
        }
        String reason = joined(lines);
        readiness.set(component, reason);
        if (!reason.equals(said.put(component, reason))) {
            LOG.log(System.Logger.Level.ERROR, "repair mode: {0}", reason);
        }
    }

    private void warning(String topic, List<String> lines) {
        if (lines.isEmpty()) {
            clearWarning(topic);
        } else {
            warn(topic, joined(lines));
        }
    }

    private void warn(String topic, String reason) {
        readiness.warn(topic, reason);
        if (!reason.equals(said.put(topic + " warning", reason))) {
            LOG.log(System.Logger.Level.WARNING, "{0}: {1}", topic, reason);
        }
    }

    private void clearWarning(String topic) {
        readiness.clearWarning(topic);
        said.remove(topic + " warning");
    }

    private static String joined(List<String> lines) {
        return String.join("; ", lines);
    }

    /** Ends after the present look. */
    @Override
    public void close() {
        closing.countDown();
        thread.ifPresent(running -> {
            try {
                running.join(Duration.ofSeconds(10));
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        });
    }
}
