package dev.mapsovereign.node;

import dev.mapsovereign.auditexport.AuditExporter;
import dev.mapsovereign.auditexport.ExportConfig;
import dev.mapsovereign.auditexport.receipt.Receipts;
import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.AuditLogConfig;
import dev.mapsovereign.auditstore.AuditFeed;
import dev.mapsovereign.auditstore.AuditFeedProvider;
import dev.mapsovereign.auditstore.AuditProjection;
import dev.mapsovereign.auditstore.KafkaFeedConfig;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.note.NoteSigner;
import dev.mapsovereign.base.note.NoteSigners;
import dev.mapsovereign.base.note.VerifierKey;
import dev.mapsovereign.ca.CertificateAuthority;
import dev.mapsovereign.custody.BouncyEd25519;
import dev.mapsovereign.custody.KeyFiles;
import dev.mapsovereign.custody.KeyRole;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.engine.agreement.Agreements;
import dev.mapsovereign.engine.capability.CapabilitySources;
import dev.mapsovereign.engine.capability.Grants;
import dev.mapsovereign.engine.context.ApiKeys;
import dev.mapsovereign.engine.context.Tenants;
import dev.mapsovereign.engine.policy.Policies;
import dev.mapsovereign.migrations.Migrator;
import dev.mapsovereign.node.backup.RestoreUnderWay;
import dev.mapsovereign.node.identity.RegistryIdentities;
import dev.mapsovereign.node.identity.SiteIdentities;
import dev.mapsovereign.node.time.TimeFloor;
import dev.mapsovereign.registry.RegistryMirror;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * What administrative verbs work on: the parts of a node that hold state, each opened when it is
 * first asked for and closed in reverse order. A running node has one for its whole life; a verb
 * without a node has one for itself, and gets the same locks a node would take.
 *
 * <p>Safe for use by several threads.
 */
public final class NodeCore implements AutoCloseable {
    private final NodeConfig config;
    private final Ed25519 ed25519 = new BouncyEd25519();
    private final Clock clock = Clock.systemUTC();
    private final BuildInfo build = BuildInfo.read();

    /** Covers every part's opening and {@code opened}; held while one part opens. */
    private final ReentrantLock opening = new ReentrantLock();

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final Part<LogSeeds> logSeeds = new Part<>(() -> new LogSeeds(keys()));
    private final Part<Secret> payloadSeed = new Part<>(() -> keys().seed(KeyRole.PAYLOAD));
    private final Part<AuditLog> auditLog = new Part<>(this::openAuditLog);
    private final Part<Receipts> receipts =
            new Part<>(() -> Receipts.open(auditLog(), config().folders().audit(), ed25519()));
    private final Part<Database> database = new Part<>(() -> Database.open(config().database()));
    private final Part<Tenants> tenants =
            new Part<>(() -> Tenants.open(currentDatabase(), auditLog(), clock()));
    private final Part<ApiKeys> apiKeys =
            new Part<>(() -> ApiKeys.open(currentDatabase(), clock()));
    private final Part<Grants> grants = new Part<>(() -> new Grants(currentDatabase(), clock()));
    private final Part<Agreements> agreements =
            new Part<>(() ->
                    new Agreements(
                            currentDatabase(),
                            new RegistryIdentities(registry()),
                            ed25519(),
                            clock()));
    private final Part<Policies> policies =
            new Part<>(() -> Policies.open(currentDatabase(), clock()));
    private final Part<AuditProjection> projection = new Part<>(this::startProjection);
    private final Part<CertificateAuthority> authority =
            new Part<>(
                    () -> CertificateAuthority.open(config().folders().ca(), auditLog(), clock()));
    private final Part<NoteSigner> reportSigner = new Part<>(this::makeReportSigner);

    /**
     * Only a node that serves feeds Kafka; what a lone verb records goes there at its next start.
     */
    private volatile Optional<AuditFeed> kafka = Optional.empty();

    private final Part<RegistryMirror> registry =
            new Part<>(() ->
                    RegistryMirror.open(
                            config().registry(),
                            ed25519(),
                            clock(),
                            build().commitTime(),
                            auditLog()));

    private NodeCore(NodeConfig config) {
        this.config = config;
    }

    /**
     * A core of that configuration; nothing is opened yet.
     *
     * @throws OperatorException if a restore was interrupted there
     */
    public static NodeCore open(NodeConfig config) {
        RestoreUnderWay.requireNone(config.folders().data());
        return new NodeCore(config);
    }

    /** One lazily opened part. */
    private final class Part<T> {
        private final Supplier<T> open;
        private Optional<T> value = Optional.empty();

        Part(Supplier<T> open) {
            this.open = open;
        }

        /** What was opened; for whoever holds the lock. */
        Optional<T> opened() {
            return value;
        }

        T get() {
            opening.lock();
            try {
                if (value.isEmpty()) {
                    T made = open.get();
                    value = Optional.of(made);
                    if (made instanceof AutoCloseable closeable) {
                        opened.push(closeable);
                    }
                }
                return value.get();
            } finally {
                opening.unlock();
            }
        }
    }

    private AuditLog openAuditLog() {
        config.folders().requireOwnMemory();
        AuditLog log =
                logSeeds.get()
                        .open(seed ->
                                AuditLogConfig.defaults(
                                                config.folders().audit(),
                                                config.name(),
                                                seed,
                                                ed25519)
                                        .withTenantQuota(config.tenantQuotaBytes()));
        holdWhileClockIsWrong(log);
        return log;
    }

    /** A verb without a node signs as little as a node does. */
    private void holdWhileClockIsWrong(AuditLog log) {
        Instant now = clock.instant();
        TimeFloor.Floor floor = timeFloor().readable();
        if (floor.isAfter(now)) {
            log.holdSigning(TimeFloor.behind(floor, now));
        }
    }

    private NoteSigner makeReportSigner() {
        keys().generate(KeyRole.REPORT);
        try (Secret seed = keys().seed(KeyRole.REPORT)) {
            return seed.use(bytes -> NoteSigners.ed25519(reportKeyName(), bytes, ed25519));
        }
    }

    /** No tenant can be called so, and so no log's origin either. */
    private String reportKeyName() {
        return auditLog().node() + "/_report";
    }

    private AuditProjection startProjection() {
        AuditProjection made = new AuditProjection(auditLog(), currentDatabase());
        made.start();
        return made;
    }

    /** The database with its schema as this release needs it. */
    public Database currentDatabase() {
        new Migrator(database.get()).requireCurrent();
        return database.get();
    }

    /** The configuration. */
    public NodeConfig config() {
        return config;
    }

    /** What this release says of itself. */
    public BuildInfo build() {
        return build;
    }

    /** Ed25519 by the provider that is fastest here. */
    public Ed25519 ed25519() {
        return ed25519;
    }

    /** Wall clock. */
    public Clock clock() {
        return clock;
    }

    /** What time it is past already. */
    public TimeFloor timeFloor() {
        return new TimeFloor(
                build.commitTime(), config.registry().folder(), config.folders().data());
    }

    /**
     * For whatever makes something that bears a date.
     *
     * @throws OperatorException if the clock lies before the time floor
     */
    public void requireClock() {
        Instant now = clock.instant();
        TimeFloor.Floor floor = timeFloor().now();
        if (floor.isAfter(now)) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    TimeFloor.behind(floor, now),
                    "set the clock: timedatectl set-time; map clock shows both");
        }
    }

    /** The node's private keys. */
    public KeyFiles keys() {
        return new KeyFiles(config.folders().keys(), ed25519, clock);
    }

    /** The site's first identities. */
    public SiteIdentities identities() {
        return new SiteIdentities(config.folders().identity(), ed25519, clock);
    }

    /** The audit log; taking it takes the lock of its folder. */
    public AuditLog auditLog() {
        return auditLog.get();
    }

    /** The seeds of the audit log's keys. */
    public LogSeeds logSeeds() {
        return logSeeds.get();
    }

    /** What the keys of stored payloads are sealed with. */
    public Secret payloadSeed() {
        return payloadSeed.get();
    }

    /** What off-site stations sent home. */
    public Receipts receipts() {
        return receipts.get();
    }

    /** The database, whatever its schema. */
    public Database database() {
        return database.get();
    }

    /** The database's copy of the audit log, following it. */
    public AuditProjection projection() {
        return projection.get();
    }

    /**
     * What feeds Kafka, where the configuration wants that.
     *
     * @throws OperatorException if this release was installed without the client
     */
    Optional<AuditFeedProvider> kafkaProvider() {
        if (config.kafka().isEmpty()) {
            return Optional.empty();
        }
        Optional<AuditFeedProvider> found = AuditFeedProvider.find();
        if (found.isEmpty()) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "audit.sink is kafka, and this release has no Kafka client",
                    "unpack map-sovereign-kafka-"
                            + build.version()
                            + ".tar.gz into the folder lib of the release");
        }
        return found;
    }

    /** Begins to feed Kafka; ends with this core, before the log does. */
    void startKafka(AuditFeedProvider provider, KafkaFeedConfig to) {
        opening.lock();
        try {
            AuditFeed feed = provider.start(auditLog(), to);
            opened.push(feed);
            kafka = Optional.of(feed);
        } finally {
            opening.unlock();
        }
    }

    /** The feed into Kafka, while there is one. */
    public Optional<AuditFeed> kafka() {
        return kafka;
    }

    /** The tenants. */
    public Tenants tenants() {
        return tenants.get();
    }

    /** The API keys. */
    public ApiKeys apiKeys() {
        return apiKeys.get();
    }

    /** Granted and revoked capabilities. */
    public Grants grants() {
        return grants.get();
    }

    /** Delegations and treaties. */
    public Agreements agreements() {
        return agreements.get();
    }

    /** What calls are refused although the capability is held. */
    public Policies policies() {
        return policies.get();
    }

    /** Where the capabilities of callers come from. */
    public CapabilitySources capabilitySources() {
        return new CapabilitySources(
                config().engine().capabilities(),
                config().engine().aliases(),
                config().engine().jurisdictions(),
                new RegistryIdentities(registry()),
                grants(),
                agreements());
    }

    /** Signs compliance reports; its key is made when it is first asked for. */
    public NoteSigner reportSigner() {
        return reportSigner.get();
    }

    /** By which compliance reports are verified; empty before the first start of the node. */
    public Optional<VerifierKey> reportKey() {
        return keys().info(KeyRole.REPORT)
                .map(info -> VerifierKey.ed25519(reportKeyName(), info.publicKey()));
    }

    /** Carries the log to media. */
    public AuditExporter exporter() {
        return new AuditExporter(exportConfig());
    }

    /** Where exports are remembered. */
    public ExportConfig exportConfig() {
        return new ExportConfig(config.folders().audit(), build.version(), clock);
    }

    /** The registry mirror. */
    public RegistryMirror registry() {
        return registry.get();
    }

    /** The certificate authority; it must exist. */
    public CertificateAuthority certificateAuthority() {
        return authority.get();
    }

    /** Closes what was opened, last first; failures are added to the first one. */
    @Override
    public void close() {
        opening.lock();
        try {
            RuntimeException failure = null;
            // What follows the log into the database ends before the database does.
            database.opened().ifPresent(Database::stopWaiting);
            while (!opened.isEmpty()) {
                try {
                    opened.pop().close();
                } catch (Exception e) {
                    if (failure == null) {
                        failure = new IllegalStateException("a part of the node did not close", e);
                    } else {
                        failure.addSuppressed(e);
                    }
                }
            }
            if (failure != null) {
                throw failure;
            }
        } finally {
            opening.unlock();
        }
    }
}
