package dev.mapsovereign.engine.drain;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Whether this node should be sent calls, and if not, why: what {@code GET /ready} says. Safe for
 * use by several threads; reading never waits.
 */
public final class Readiness {
    /** Component: the node has not finished starting. */
    public static final String STARTING = "starting";

    /** Component: the node finishes what it has and takes nothing new. */
    public static final String DRAINING = "draining";

    /** Component: the database does not answer. */
    public static final String DATABASE = "database";

    /** Component: Redis is configured and does not answer. */
    public static final String REDIS = "redis";

    /** Component: the plugin loader. */
    public static final String PLUGINS = "plugins";

    /** Component: the audit log cannot take records. */
    public static final String AUDIT = "audit";

    /** Component: the clock lies before the time floor. */
    public static final String CLOCK = "clock";

    /** Topic of a warning: the registry's snapshot is too old, or its date is over. */
    public static final String REGISTRY = "registry";

    /** Topic of a warning: something ends soon. */
    public static final String EXPIRY = "expiry";

    /** Component: a certificate has expired, or is not valid yet. */
    public static final String CERTIFICATE = "certificate";

    /** Component: a revocation list has expired. */
    public static final String CRL = "crl";

    /**
     * One thing that is wrong or soon will be.
     *
     * @param component which part
     * @param reason for people
     */
    public record Notice(String component, String reason) {}

    /**
     * Everything at one moment.
     *
     * @param notReady why calls should go elsewhere; empty when the node is ready
     * @param warnings what only warns early
     */
    public record Report(List<Notice> notReady, List<Notice> warnings) {
        /** Whether calls should come here. */
        public boolean ready() {
            return notReady.isEmpty();
        }
    }

    private final Map<String, String> reasons = new ConcurrentSkipListMap<>();
    private final Map<String, String> warnings = new ConcurrentSkipListMap<>();

    /** Nothing is wrong yet; who starts a node says {@link #STARTING} first. */
    public Readiness() {}

    /** Says that {@code component} keeps the node from being ready. */
    public void set(String component, String reason) {
        reasons.put(component, reason);
    }

    /** Takes back {@link #set}; nothing happens when there is nothing to take back. */
    public void clear(String component) {
        reasons.remove(component);
    }

    /** Says something that does not keep the node from being ready. */
    public void warn(String topic, String reason) {
        warnings.put(topic, reason);
    }

    /** Takes back {@link #warn}. */
    public void clearWarning(String topic) {
        warnings.remove(topic);
    }

    /** Whether nothing keeps the node from being ready. */
    public boolean ready() {
        return reasons.isEmpty();
    }

    /** Everything at this moment, by component. */
    public Report report() {
        return new Report(notices(reasons), notices(warnings));
    }

    private static List<Notice> notices(Map<String, String> from) {
        List<Notice> notices = new ArrayList<>();
        from.forEach((component, reason) -> notices.add(new Notice(component, reason)));
        return List.copyOf(notices);
    }
}
