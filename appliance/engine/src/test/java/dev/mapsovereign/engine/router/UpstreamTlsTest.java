package dev.mapsovereign.engine.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.audit.AuditSink;
import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.tls.TrustFiles;
import dev.mapsovereign.base.tls.TrustSet;
import dev.mapsovereign.ca.CertificateAuthority;
import dev.mapsovereign.ca.CertificateProfile;
import dev.mapsovereign.ca.IssuedCertificate;
import dev.mapsovereign.ca.RevocationReason;
import dev.mapsovereign.ca.SubjectName;
import dev.mapsovereign.engine.EngineMeters;
import dev.mapsovereign.engine.request.Call;
import dev.mapsovereign.engine.request.Credential;
import dev.mapsovereign.engine.request.Deadline;
import dev.mapsovereign.engine.request.Origin;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.engine.request.RejectedRequest;
import dev.mapsovereign.engine.route.EgressPolicy;
import dev.mapsovereign.engine.route.UpstreamFiles;
import dev.mapsovereign.engine.trace.TraceConfig;
import dev.mapsovereign.engine.trace.Tracing;
import dev.mapsovereign.testing.ManualClock;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS to a remote process, with certificates of the product's own authority. */
final class UpstreamTlsTest {
    private static final byte[] REQUEST =
            "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final AuditSink SINK =
            draft ->
                    new RecordReference(
                            TenantId.NODE, 0, new byte[32], new byte[32], Instant.EPOCH);

    /** Made once: to seal a root's key takes a second on purpose. */
    @TempDir private static Path templates;

    @TempDir private Path folder;
    private final ManualClock clock = new ManualClock(Clock.systemUTC().instant());
    private final List<AutoCloseable> open = new ArrayList<>();
    private CertificateAuthority site;

    @BeforeEach
    void found() {
        site = authority("site");
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    /** A copy of its own for each test. */
    private CertificateAuthority authority(String name) {
        Path template = templates.resolve(name);
        if (!CertificateAuthority.exists(template)) {
            CertificateAuthority.initQuick(
                    template,
                    new CertificateAuthority.Founding(
                            name,
                            List.of(SubjectName.parse("127.0.0.1"), SubjectName.parse("localhost")),
                            templates.resolve(name + ".passphrase")),
                    SINK,
                    clock);
        }
        Path own = folder.resolve(name);
        copy(template, own);
        return CertificateAuthority.open(own, SINK, clock);
    }

    private static void copy(Path from, Path to) {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Files.copy(
                        each,
                        to.resolve(from.relativize(each)),
                        StandardCopyOption.COPY_ATTRIBUTES);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path issue(CertificateAuthority authority, String profile, String name, String to) {
        IssuedCertificate issued =
                authority.issue(CertificateProfile.of(profile), List.of(SubjectName.parse(name)));
        Path target = folder.resolve(to);
        CertificateAuthority.install(issued, target);
        return target;
    }

    private TlsServer serve(Path files) throws Exception {
        return serve(files, Optional.empty(), "TLSv1.3");
    }

    private TlsServer serve(Path files, Optional<TrustSet> clients, String protocol)
            throws Exception {
        TlsServer server = new TlsServer(TlsServer.files(files), clients, protocol);
        open.add(server);
        return server;
    }

    private TrustFiles siteTrust() {
        return new TrustFiles(
                folder.resolve("site/root.pem"),
                Optional.of(folder.resolve("site/crl/server.crl")),
                true);
    }

    private TrustSet siteClients() {
        return TrustSet.read(folder.resolve("site/root.pem"), Optional.empty());
    }

    private UpstreamClient client(UpstreamTls tls) {
        UpstreamClient client =
                new UpstreamClient(
                        new EgressPolicy(
                                open.stream()
                                        .filter(TlsServer.class::isInstance)
                                        .map(each -> ((TlsServer) each).port())
                                        .flatMap(port ->
                                                Stream.of("127.0.0.1:" + port, "localhost:" + port))
                                        .toList()),
                        Optional.of(tls));
        open.add(client);
        return client;
    }

    private UpstreamClient client() {
        return client(new UpstreamTls(siteTrust(), Optional.empty()));
    }

    private static Deadline later() {
        return Deadline.after(Duration.ofSeconds(20));
    }

    private static String send(UpstreamClient client, String host, TlsServer server)
            throws UpstreamException {
        UpstreamAnswer answer =
                client.send(
                        URI.create("https://" + host + ":" + server.port() + "/"),
                        REQUEST,
                        true,
                        later());
        return new String(answer.body(), StandardCharsets.US_ASCII);
    }

    private static void refused(
            UpstreamClient client, String host, TlsServer server, String reason) {
        int before = server.requests.get();
        assertThatThrownBy(() -> send(client, host, server))
                .isInstanceOfSatisfying(
                        UpstreamException.class,
                        failed -> {
                            assertThat(failed.reason()).contains(reason);
                            assertThat(failed.reach()).isEqualTo(UpstreamException.Reach.NOT_SENT);
                        });
        assertThat(server.requests).as("nothing was looked at").hasValue(before);
    }

    @Test
    void send_certificateOfTheSite_isAnswered() throws Exception {
        TlsServer server = serve(issue(site, "server", "127.0.0.1", "ledger"));

        assertThat(send(client(), "127.0.0.1", server)).isEqualTo("nobody");
    }

    @Test
    void send_anotherName_isNotSent() throws Exception {
        TlsServer server = serve(issue(site, "server", "127.0.0.1", "ledger"));

        refused(client(), "localhost", server, "localhost");
    }

    @Test
    void send_anotherAuthority_isNotSentUnlessTheRouteNamesIt() throws Exception {
        TlsServer server = serve(issue(authority("other"), "server", "127.0.0.1", "ledger"));

        refused(client(), "127.0.0.1", server, "no authority that is trusted");
        UpstreamTls named =
                new UpstreamTls(
                        new TrustFiles(folder.resolve("other/root.pem"), Optional.empty(), false),
                        Optional.empty());
        assertThat(send(client(named), "127.0.0.1", server)).isEqualTo("nobody");
    }

    @Test
    void send_expiredOrEarly_isNotSent() throws Exception {
        clock.advance(Duration.ofDays(-3_000));
        CertificateAuthority old = authority("old");
        TlsServer expired = serve(issue(old, "server", "127.0.0.1", "expired"));
        clock.advance(Duration.ofDays(3_002));
        TlsServer early = serve(issue(site, "server", "127.0.0.1", "early"));

        UpstreamTls trusting =
                new UpstreamTls(
                        new TrustFiles(folder.resolve("old/root.pem"), Optional.empty(), false),
                        Optional.empty());
        refused(client(trusting), "127.0.0.1", expired, "has expired");
        refused(client(), "127.0.0.1", early, "not valid yet");
    }

    @Test
    void send_revokedMeanwhile_isNotSentOnceTheListIsRead() throws Exception {
        Path files = issue(site, "server", "127.0.0.1", "ledger");
        TlsServer server = serve(files);
        TlsServer other = serve(issue(site, "server", "127.0.0.1", "other"));
        UpstreamClient client = client();
        assertThat(send(client, "127.0.0.1", server)).isEqualTo("nobody");
        site.revocations()
                .revoke(
                        TlsServer.files(files).chain().getFirst().getSerialNumber().toString(16),
                        RevocationReason.KEY_COMPROMISE);

        assertThat(client.readTlsAgain().getAsBoolean()).isTrue();
        refused(client, "127.0.0.1", server, "was revoked");
        assertThat(send(client, "127.0.0.1", other)).isEqualTo("nobody");
    }

    /** Whoever cannot know whether a certificate was revoked does not trust it. */
    @Test
    void send_listPastItsDate_isNotSent() throws Exception {
        TlsServer server = serve(issue(site, "server", "127.0.0.1", "ledger"));
        clock.advance(Duration.ofDays(-300));
        site.revocations().makeLists();

        refused(client(), "127.0.0.1", server, "revocation status");
    }

    @Test
    void send_serverDemandsACertificate_getsTheOneConfigured() throws Exception {
        TlsServer server =
                serve(
                        issue(site, "server", "127.0.0.1", "ledger"),
                        Optional.of(siteClients()),
                        "TLSv1.3");
        Path own = issue(site, "client", "localhost", "client");
        UpstreamClient showing = client(new UpstreamTls(siteTrust(), Optional.of(identity(own))));

        assertThat(send(showing, "127.0.0.1", server))
                .isEqualTo(TlsServer.files(own).chain().getFirst().getSerialNumber().toString(16));
        refused(client(), "127.0.0.1", server, "certificate");
        Path foreign = issue(authority("other"), "client", "localhost", "foreign");
        UpstreamTls stranger = new UpstreamTls(siteTrust(), Optional.of(identity(foreign)));
        refused(client(stranger), "127.0.0.1", server, "certificate");
    }

    private static UpstreamFiles.Identity identity(Path folder) {
        return new UpstreamFiles.Identity(
                folder.resolve("fullchain.pem"), folder.resolve("privkey.pem"));
    }

    @Test
    void send_serverOfAnOlderTls_isNotSent() throws Exception {
        TlsServer server =
                serve(issue(site, "server", "127.0.0.1", "ledger"), Optional.empty(), "TLSv1.2");

        refused(client(), "127.0.0.1", server, "protocol_version");
    }

    @Test
    void send_newConnections_resumeTheSessionUntilTheFilesChange() throws Exception {
        TlsServer server = serve(issue(site, "server", "127.0.0.1", "ledger"));
        server.closing = true;
        UpstreamClient client = client();
        for (int i = 0; i < 5; i++) {
            send(client, "127.0.0.1", server);
        }
        assertThat(server.connections).hasValue(5);
        assertThat(server.sessions).as("one full handshake").hasSize(1);

        assertThat(client.readTlsAgain().getAsBoolean()).as("nothing changed").isFalse();
        send(client, "127.0.0.1", server);
        assertThat(server.sessions).hasSize(1);
        site.revocations().makeLists();
        assertThat(client.readTlsAgain().getAsBoolean()).isTrue();
        send(client, "127.0.0.1", server);
        assertThat(server.sessions).hasSize(2);
    }

    /** A renewed client certificate is shown from the next call on; the call under way ends. */
    @Test
    void readTlsAgain_duringACall_dropsNothingAndShowsTheNewCertificate() throws Exception {
        TlsServer server =
                serve(
                        issue(site, "server", "127.0.0.1", "ledger"),
                        Optional.of(siteClients()),
                        "TLSv1.3");
        Path own = issue(site, "client", "localhost", "client");
        String before = serial(own);
        UpstreamClient client = client(new UpstreamTls(siteTrust(), Optional.of(identity(own))));
        server.hold.set(new CountDownLatch(1));
        FutureTask<String> running = new FutureTask<>(() -> send(client, "127.0.0.1", server));
        Thread.ofVirtual().start(running);
        while (server.requests.get() == 0) {
            Thread.onSpinWait();
        }
        Path renewed = issue(site, "client", "localhost", "renewed");
        for (String name : List.of("fullchain.pem", "privkey.pem")) {
            Files.move(
                    renewed.resolve(name), own.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
        assertThat(client.readTlsAgain().getAsBoolean()).isTrue();
        server.hold.getAndSet(new CountDownLatch(0)).countDown();

        assertThat(running.get()).isEqualTo(before);
        assertThat(send(client, "127.0.0.1", server)).isEqualTo(serial(own)).isNotEqualTo(before);
    }

    private static String serial(Path folder) {
        return TlsServer.files(folder).chain().getFirst().getSerialNumber().toString(16);
    }

    @Test
    void send_noTrustConfigured_isNotSent() throws Exception {
        TlsServer server = serve(issue(site, "server", "127.0.0.1", "ledger"));
        UpstreamClient trusting =
                new UpstreamClient(
                        new EgressPolicy(List.of("127.0.0.1:" + server.port())), Optional.empty());
        open.add(trusting);

        refused(trusting, "127.0.0.1", server, "nobody there is trusted");
    }

    /** A handshake that never ends is ended by the deadline, though the server drips. */
    @Test
    void send_serverThatNeverAnswersTheHandshake_endsAtTheDeadline() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            UpstreamClient client =
                    new UpstreamClient(
                            new EgressPolicy(List.of("127.0.0.1:" + silent.getLocalPort())),
                            Optional.of(new UpstreamTls(siteTrust(), Optional.empty())));
            open.add(client);
            assertThatThrownBy(() ->
                            client.send(
                                    URI.create("https://127.0.0.1:" + silent.getLocalPort()),
                                    REQUEST,
                                    true,
                                    Deadline.after(Duration.ofMillis(200))))
                    .isInstanceOfSatisfying(
                            UpstreamException.class, failed -> assertThat(failed.late()).isTrue());
        }
    }

    @Test
    void read_filesThatAreWrong_areNamed() throws Exception {
        Path server = issue(site, "server", "127.0.0.1", "ledger");
        Path client = issue(site, "client", "localhost", "client");
        Path empty = Files.writeString(folder.resolve("empty.pem"), "nothing\n");
        Path broken =
                Files.writeString(
                        folder.resolve("broken.pem"),
                        Files.readString(folder.resolve("site/root.pem"))
                                + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");

        wrong(trust(folder.resolve("missing.pem")), Optional.empty(), "no such file");
        wrong(trust(empty), Optional.empty(), "holds 0 certificates");
        wrong(trust(broken), Optional.empty(), "certificate 2 in the trust file");
        wrong(
                new TrustFiles(folder.resolve("site/root.pem"), Optional.of(empty), false),
                Optional.empty(),
                "empty.pem");
        wrong(siteTrust(), Optional.of(identity(server)), "lacks clientAuth");
        UpstreamFiles.Identity mixed =
                new UpstreamFiles.Identity(
                        client.resolve("fullchain.pem"), server.resolve("privkey.pem"));
        wrong(siteTrust(), Optional.of(mixed), "is not the key of");
        Files.setPosixFilePermissions(
                client.resolve("privkey.pem"), PosixFilePermissions.fromString("rw-r--r--"));
        wrong(siteTrust(), Optional.of(identity(client)), "looser than a secret's");
    }

    private static TrustFiles trust(Path anchors) {
        return new TrustFiles(anchors, Optional.empty(), false);
    }

    private static void wrong(
            TrustFiles trust, Optional<UpstreamFiles.Identity> identity, String text) {
        assertThatThrownBy(() -> new UpstreamTls(trust, identity))
                .isInstanceOfSatisfying(
                        OperatorException.class,
                        e -> assertThat(e.exit()).isEqualTo(ExitCode.ENVIRONMENT))
                .hasMessageContaining(text);
    }

    /** A file that went bad meanwhile changes nothing: calls go on with what was read before. */
    @Test
    void readTlsAgain_fileGoneBad_isRefusedAndTheOldOnesHold() throws Exception {
        TlsServer server = serve(issue(site, "server", "127.0.0.1", "ledger"));
        Path anchors = Files.copy(folder.resolve("site/root.pem"), folder.resolve("trust.pem"));
        UpstreamClient client = client(new UpstreamTls(trust(anchors), Optional.empty()));
        Files.writeString(anchors, "gone\n");

        assertThatThrownBy(client::readTlsAgain).isInstanceOf(OperatorException.class);
        assertThat(send(client, "127.0.0.1", server)).isEqualTo("nobody");
    }

    /** A traced call of nobody, sent to that server by whoever trusts the site. */
    private double spansSent(TlsServer server, UpstreamFiles files) {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        URI address = URI.create("https://127.0.0.1:" + server.port() + "/v1/traces");
        TraceConfig config =
                new TraceConfig(Optional.of(new TraceConfig.Collector(address, files)), 100, 0);
        try (Tracing tracing =
                Tracing.start(
                        config,
                        new EgressPolicy(List.of("127.0.0.1:" + server.port())),
                        Optional.of(siteTrust()),
                        "test.0123abcd",
                        registry,
                        clock)) {
            Call call =
                    new Call(
                            new RejectedRequest(
                                    CorrelationId.random(),
                                    Credential.Anonymous.INSTANCE,
                                    new Origin("", "", "", ""),
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.empty(),
                                    Refusal.of(ErrorCode.MALFORMED_REQUEST, ""),
                                    System.nanoTime()),
                            new EngineMeters(registry));
            tracing.end(tracing.begin(call));
        }
        return registry.get("map_trace_spans_sent_total").counter().count();
    }

    @Test
    void collector_withACertificateOfTheSite_getsSpans() throws Exception {
        TlsServer server = serve(issue(site, "server", "127.0.0.1", "collector"));

        assertThat(spansSent(server, UpstreamFiles.NONE)).isEqualTo(1);
    }

    @Test
    void collector_thatDemandsACertificate_isShownTheConfiguredOne() throws Exception {
        Path own = issue(site, "client", "localhost", "node");
        TlsServer server =
                serve(
                        issue(site, "server", "127.0.0.1", "collector"),
                        Optional.of(siteClients()),
                        "TLSv1.3");

        UpstreamFiles files = new UpstreamFiles(Optional.empty(), Optional.of(identity(own)));

        assertThat(spansSent(server, files)).isEqualTo(1);
    }

    @Test
    void collector_ofAnotherAuthority_getsNothing() throws Exception {
        TlsServer server = serve(issue(authority("other"), "server", "127.0.0.1", "collector"));

        assertThat(spansSent(server, UpstreamFiles.NONE)).isZero();
        assertThat(server.requests).hasValue(0);
    }

    @Test
    void collector_whoseFilesCannotBeUsed_stopsTheStart() throws Exception {
        TlsServer server = serve(issue(site, "server", "127.0.0.1", "collector"));
        UpstreamFiles files =
                new UpstreamFiles(
                        Optional.of(
                                new TrustFiles(
                                        folder.resolve("nothing.pem"), Optional.empty(), false)),
                        Optional.empty());

        assertThatThrownBy(() -> spansSent(server, files))
                .isInstanceOfSatisfying(
                        OperatorException.class,
                        refused -> assertThat(refused.exit()).isEqualTo(ExitCode.ENVIRONMENT))
                .hasMessageContaining("trace collector 127.0.0.1:" + server.port());
    }
}
