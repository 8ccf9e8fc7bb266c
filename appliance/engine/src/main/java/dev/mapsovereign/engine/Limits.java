package dev.mapsovereign.engine;

import java.time.Duration;

/** The engine's bounds, each with its reason. */
public final class Limits {
    /**
     * Tenants with metrics of their own; more share one label. A scrape of 1,000 tenants, 20
     * operations each, is already 20,000 series of a histogram.
     */
    public static final int METERED_TENANTS_MAX = 1_000;

    /**
     * Buckets of stage 3. One costs about 150 bytes, so 15 MB; a node with more than 100,000 pairs
     * of tenant and protocol active within one refill time is beyond this product.
     */
    public static final int CALL_BUCKETS_MAX = 100_000;

    /** Buckets of sources without credential: as many, since anybody can make one. */
    public static final int SOURCE_BUCKETS_MAX = 100_000;

    /** How much use one lease from Redis is meant for: some 20 questions a second for a bucket. */
    public static final Duration LEASE_USE = Duration.ofMillis(50);

    /** A lease holds at most what is refilled in this time: by so much nodes may exceed a limit. */
    public static final Duration LEASE_REFILL_MAX = Duration.ofMillis(100);

    /** And at most this part of a full bucket, so that ten nodes still find something in it. */
    public static final int LEASE_SHARE = 10;

    /** And at most so many calls, whatever the limit: what two processors do in half a second. */
    public static final int LEASE_CALLS_MAX = 10_000;

    /** What was leased is lost after this; long enough for pauses of the collector. */
    public static final Duration LEASE_TIME = Duration.ofMillis(250);

    /** How long an empty bucket is not asked again, where its calls come that fast. */
    public static final Duration LEASE_PAUSE = Duration.ofMillis(10);

    /** When to try again where a limit could not be learnt: Redis is tried each second. */
    public static final Duration REDIS_RETRY = Duration.ofSeconds(1);

    /** How often the count of unrecorded refusals is written: once a second, as §5 promises. */
    public static final Duration UNRECORDED_INTERVAL = Duration.ofSeconds(1);

    /** How long an effective set is used before it is added up again. */
    public static final Duration CAPABILITIES_KEPT = Duration.ofSeconds(60);

    /** How long the same set is used while the database is away: longer than a restart of it. */
    public static final Duration CAPABILITIES_STALE_MAX = Duration.ofMinutes(15);

    /** Effective sets in memory; one costs a few hundred bytes, so tens of megabytes. */
    public static final int CAPABILITY_SETS_MAX = 100_000;

    /** Callers and capabilities whose calls are counted at the same time. */
    public static final int CAPABILITY_COUNTS_MAX = 100_000;

    /**
     * DidAuth handshakes that are open at once. They live a minute, and strangers may open at most
     * 50 a second (the bucket of anonymous calls), so this is reached only by a flood over many
     * minutes' worth of clock trouble.
     */
    public static final int HANDSHAKES_MAX = 20_000;

    /** DidAuth sessions that are open at once; they live five minutes. */
    public static final int SESSIONS_MAX = 20_000;

    /**
     * Nonces that one session can use within twice the clock skew: at 60 s, 1,600 signed requests a
     * second, more than one core verifies. About 20 MB when full; only the key's holder can fill
     * it.
     */
    public static final int NONCES_PER_SESSION_MAX = 200_000;

    /**
     * How long a client certificate that was good is not looked at again, but for its dates; as
     * long as any verification of a DID is kept.
     */
    public static final Duration CERTIFICATE_KEPT = Duration.ofSeconds(60);

    /** Client certificates that are remembered as good; each takes some 2 KiB. */
    public static final int CERTIFICATES_KEPT_MAX = 10_000;

    /** Keys of one DID that a signature is tried against; each try costs up to 0.3 ms. */
    public static final int DID_KEYS_MAX = 16;

    /** Problems of an input that are told at once; more help nobody. */
    public static final int SCHEMA_PROBLEMS_MAX = 10;

    /** Characters of one such problem: a schema's message can quote what it was given. */
    public static final int SCHEMA_MESSAGE_MAX = 300;

    /** Calls inside this process at once, for one route: a virtual thread each, some 20 KB. */
    public static final int LOCAL_CALLS_MAX = 20_000;

    /** Calls at one remote endpoint at once, unless configured. */
    public static final int REMOTE_CALLS_MAX = 256;

    /** When to try again where no endpoint could be had: health probes come every few seconds. */
    public static final Duration NO_ENDPOINT_RETRY = Duration.ofSeconds(2);

    /** The largest signed text of a delegation or treaty, in bytes. */
    public static final int AGREEMENT_BYTES_MAX = 64 << 10;

    /** The most capabilities in one delegation, or for one party of a treaty. */
    public static final int AGREEMENT_CAPABILITIES_MAX = 64;

    /** The most delegations that one agent may hold at once in a tenant. */
    public static final int DELEGATIONS_HELD_MAX = 64;

    /** The longest time from its import that a delegation may hold. */
    public static final Duration DELEGATION_TIME_MAX = Duration.ofDays(366);

    /** The most delegations between whoever holds a right himself and whoever calls. */
    public static final int DELEGATION_DEPTH_MAX = 8;

    /** The most entries that are looked at for one call; beyond, it is denied. */
    public static final int CAPABILITY_STEPS_MAX = 1_000;

    /** The most treaties on one site that were not ended. */
    public static final int TREATIES_MAX = 1_000;

    /** The most entries in a party's list of agents. */
    public static final int TREATY_AGENTS_MAX = 256;

    /** How far a treaty call's time may lie ahead of this node's. */
    public static final Duration TREATY_CALL_AHEAD_MAX = Duration.ofSeconds(5);

    /** The most agents whose nonces of treaty calls are remembered at once. */
    public static final int TREATY_CALLERS_MAX = 10_000;

    /** The data of one answer: as much as the strict reader takes by default. */
    public static final int DATA_BYTES_MAX = 8 << 20;

    /** The content of a remote process's answer: the data and a little around it. */
    public static final int UPSTREAM_BODY_BYTES_MAX = DATA_BYTES_MAX + (64 << 10);

    /** The data of one event of an answer that comes in parts. */
    public static final int EVENT_BYTES_MAX = 256 << 10;

    /** The head of a remote process's answer. */
    public static final int UPSTREAM_HEAD_BYTES_MAX = 16 << 10;

    /** Idle connections kept for one authority. */
    public static final int UPSTREAM_IDLE_MAX = 64;

    /** How long one is kept: less than what servers usually keep (60 to 75 s, some 20). */
    public static final Duration UPSTREAM_IDLE_TIME = Duration.ofSeconds(15);

    /**
     * How long one may have been idle for a request that must not be sent twice: closed by the
     * other side at the same moment, it would leave the effect unknown.
     */
    public static final Duration UPSTREAM_IDLE_TIME_UNREPEATABLE = Duration.ofSeconds(2);

    /**
     * A request up to here fits the send buffer of a connection on which nothing else is on its
     * way: the kernel takes all of it or, of a connection that has ended, nothing.
     */
    public static final int UPSTREAM_WHOLE_WRITE_BYTES_MAX = 8 << 10;

    /** How late a stuck write may be noticed after its deadline. */
    public static final Duration DEADLINE_WATCH_INTERVAL = Duration.ofMillis(20);

    /** The longest deadline that can be configured for a call. */
    public static final Duration CALL_TIMEOUT_MAX = Duration.ofMinutes(5);

    /**
     * After this an idempotency key that is still in progress belongs to a node that is gone: twice
     * the longest call.
     */
    public static final Duration IDEMPOTENCY_LEASE = CALL_TIMEOUT_MAX.multipliedBy(2);

    /** When to ask again for a call that is in progress. */
    public static final Duration IDEMPOTENCY_RETRY = Duration.ofSeconds(1);

    /** How often expired idempotency keys are removed. */
    public static final Duration IDEMPOTENCY_PURGE_INTERVAL = Duration.ofMinutes(10);

    /** How often keys, tenants and policies that other nodes changed are read. */
    public static final Duration REFRESH_INTERVAL = Duration.ofSeconds(30);

    /** How far an {@code active_from} may lie back: clocks differ, and a form takes its time. */
    public static final Duration POLICY_ACTIVE_FROM_TOLERANCE = Duration.ofMinutes(5);

    /** Versions of one policy; each is at most 64 KiB of text. */
    public static final int POLICY_VERSIONS_MAX = 1_000;

    /**
     * Statements that are active at once for the site, and for each tenant. All that name an
     * operation are judged with each call of it, at less than a microsecond each.
     */
    public static final int POLICY_STATEMENTS_MAX = 1_000;

    /**
     * JSON values of one member of an input that policies look at. Sets are sorted, so an input of
     * 5 MiB of small numbers would cost a call half a second; 20,000 cost some milliseconds.
     */
    public static final int POLICY_VALUES_MAX = 20_000;

    /** Endpoints of one external protocol; each has metrics of its own. */
    public static final int ENDPOINTS_MAX = 64;

    /** Weight of an endpoint: finer shares than a hundredth are noise. */
    public static final int ENDPOINT_WEIGHT_MAX = 100;

    /** Traced calls kept in memory at most: a kilobyte each at worst, so 4 MB. */
    public static final int TRACES_KEPT_MAX = 4_096;

    /** Traced calls shown at once: some 2 KB of JSON each. */
    public static final int TRACES_SHOWN_MAX = 256;

    /** Traced calls shown where nobody says how many. */
    public static final int TRACES_SHOWN_DEFAULT = 20;

    /** Traced calls that wait for the collector: 2 MB at worst, and a second of a busy node. */
    public static final int TRACE_QUEUE_CALLS_MAX = 2_048;

    /** Traced calls in one request to the collector: up to 640 spans, some 300 KB. */
    public static final int TRACE_BATCH_CALLS_MAX = 64;

    /** How long the first of them waits for others: a person who looks does not notice it. */
    public static final Duration TRACE_LINGER = Duration.ofSeconds(1);

    /** The most that one such request may take. */
    public static final Duration TRACE_SEND_TIME = Duration.ofSeconds(5);

    /** The pause after a request that failed; doubled with each that follows. */
    public static final Duration TRACE_PAUSE_FIRST = Duration.ofSeconds(1);

    /** The longest such pause: the queue is full by then, and longer would only be late. */
    public static final Duration TRACE_PAUSE_MAX = Duration.ofSeconds(30);

    /** The longest pause that a collector may ask for. */
    public static final Duration TRACE_RETRY_AFTER_MAX = Duration.ofSeconds(60);

    /** Tries of one request: about a minute and a half, and then the next calls are more news. */
    public static final int TRACE_TRIES_MAX = 8;

    /** How long a node that stops sends what waits; one request that is under way fits in. */
    public static final Duration TRACE_CLOSE_TIME = TRACE_SEND_TIME;

    private Limits() {}
}
