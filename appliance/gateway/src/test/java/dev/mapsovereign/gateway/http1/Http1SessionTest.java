package dev.mapsovereign.gateway.http1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.gateway.http.Answer;
import dev.mapsovereign.gateway.http.HttpDate;
import dev.mapsovereign.gateway.http.Request;
import dev.mapsovereign.gateway.http.RequestException;
import dev.mapsovereign.gateway.http.RequestHandler;
import dev.mapsovereign.gateway.listen.BodyBudget;
import dev.mapsovereign.gateway.listen.EdgeLimits;
import dev.mapsovereign.gateway.listen.Listener;
import dev.mapsovereign.gateway.listen.PlainTransport;
import dev.mapsovereign.gateway.testing.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** HTTP/1.1 over real sockets: every row is one thing that a hostile or clumsy client does. */
public class Http1SessionTest {
    private static final int BODY_MAX = 100_000;
    private static final String GOOD = "GET /good HTTP/1.1\r\nHost: h\r\n\r\n";

    private final BodyBudget bodies = budget();
    private Listener listener;
    private int port;

    Http1SessionTest() {}

    /** Echoes method, target and body; refuses by code. */
    private static final class Echo implements RequestHandler {
        @Override
        public Answer handle(Request request) {
            if (request.path().equals("/unread")) {
                return Answer.of(200, "text/plain", "unread");
            }
            try {
                String body = new String(request.body(BODY_MAX), StandardCharsets.ISO_8859_1);
                return Answer.of(
                        200,
                        "text/plain",
                        request.method()
                                + " "
                                + request.authority()
                                + " "
                                + request.target()
                                + " "
                                + body);
            } catch (RequestException e) {
                return Answer.of(e.code().status(), "text/plain", e.reason()).closing();
            }
        }

        @Override
        public Answer refuse(BrokenRequest broken) {
            return Answer.of(
                    broken.problem().code().status(), "text/plain", broken.problem().reason());
        }
    }

    static EdgeLimits impatient() {
        EdgeLimits usual = EdgeLimits.defaults();
        return new EdgeLimits(
                50,
                40,
                Duration.ofMillis(400),
                Duration.ofMillis(400),
                Duration.ofMillis(400),
                Duration.ofMillis(1500),
                Duration.ofMillis(500),
                Duration.ofMillis(500),
                20,
                4096,
                usual.streamsMax(),
                1 << 20);
    }

    /** Less than one body of the longest kind asks for. */
    public static BodyBudget budget() {
        return new BodyBudget(30_000);
    }

    /** Listens on a free port of this host and echoes. */
    public static Listener listen(BodyBudget bodies) throws IOException {
        return Listener.open(
                "test",
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                impatient(),
                PlainTransport::new,
                new Http1Session(new Echo(), bodies, new HttpDate(InstantSource.system())));
    }

    @BeforeEach
    void start() throws IOException {
        listener = listen(bodies);
        port = ((InetSocketAddress) listener.address()).getPort();
    }

    @AfterEach
    void stop() {
        listener.close();
    }

    @Test
    void exchange_twoRequestsOnOneConnection_bothAnswered() throws IOException {
        try (RawClient client = RawClient.plain(port)) {
            RawClient.Reply first = client.send(GOOD).reply();
            RawClient.Reply second =
                    client.send("POST /x?q=1 HTTP/1.1\r\nHost: h:1\r\nContent-Length: 3\r\n\r\nabc")
                            .reply();
            assertThat(first.status()).isEqualTo(200);
            assertThat(first.closing()).isFalse();
            assertThat(first.headers()).containsKey("date");
            assertThat(second.text()).isEqualTo("POST h:1 /x?q=1 abc");
        }
    }

    @Test
    void exchange_pipelined_answeredInOrder() throws IOException {
        try (RawClient client = RawClient.plain(port)) {
            client.send(
                    "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\na"
                            + "POST /2 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "2;x=y\r\nbc\r\n1\r\nd\r\n0\r\nX: y\r\n\r\n"
                            + GOOD);
            assertThat(client.reply().text()).isEqualTo("POST h /1 a");
            assertThat(client.reply().text()).isEqualTo("POST h /2 bcd");
            assertThat(client.reply().text()).isEqualTo("GET h /good ");
        }
    }

    @Test
    void exchange_byteByByte_answered() throws IOException {
        try (RawClient client = RawClient.plain(port)) {
            for (int at = 0; at < GOOD.length(); at++) {
                client.send(GOOD.substring(at, at + 1));
            }
            assertThat(client.reply().status()).isEqualTo(200);
        }
    }

    @Test
    void exchange_connectionClose_closesAfterTheAnswer() throws IOException {
        try (RawClient client = RawClient.plain(port)) {
            RawClient.Reply reply =
                    client.send("GET /x HTTP/1.1\r\nHost: h\r\nConnection: keep, Close\r\n\r\n")
                            .reply();
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.closing()).isTrue();
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void exchange_http10_closesAfterTheAnswer() throws IOException {
        try (RawClient client = RawClient.plain(port)) {
            assertThat(client.send("GET /x HTTP/1.0\r\n\r\n").reply().status()).isEqualTo(200);
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void exchange_head_hasLengthButNoBody() throws IOException {
        try (RawClient client = RawClient.plain(port)) {
            client.send("HEAD /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
            RawClient.Reply reply = client.head();
            assertThat(reply.headers().get("content-length")).isEqualTo("10");
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void exchange_brokenHead_hasLengthButNoBody() throws IOException {
        try (RawClient client = RawClient.plain(port)) {
            client.send("HEAD /x HTTP/1.1\r\n\r\n");
            RawClient.Reply reply = client.head();
            assertThat(reply.status()).isEqualTo(400);
            assertThat(reply.headers()).containsKey("content-length");
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void exchange_expectContinue_asksForTheBodyOnlyWhenItIsWanted() throws IOException {
        try (RawClient client = RawClient.plain(port)) {
            String head =
                    " HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
            assertThat(client.send("POST /x" + head).reply().status()).isEqualTo(100);
            assertThat(client.send("ab").reply().text()).isEqualTo("POST h /x ab");
            RawClient.Reply refused = client.send("POST /unread" + head).reply();
            assertThat(refused.text()).isEqualTo("unread");
            assertThat(refused.closing()).isTrue();
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void exchange_smallUnreadBody_isSkippedAndTheConnectionReused() throws IOException {
        try (RawClient client = RawClient.plain(port)) {
            client.send("POST /unread HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc" + GOOD);
            assertThat(client.reply().text()).isEqualTo("unread");
            assertThat(client.reply().text()).isEqualTo("GET h /good ");
        }
    }

    @Test
    void body_largerThanAccepted_isRefusedAndTheAnswerArrives() throws IOException {
        try (RawClient client = RawClient.plain(port)) {
            client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 6000000\r\n\r\n");
            client.send(new byte[6_000_000]);
            RawClient.Reply reply = client.reply();
            assertThat(reply.status()).isEqualTo(413);
            assertThat(reply.closing()).isTrue();
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void body_announcedButNeverSent_holdsNoMemoryAndTimesOut() throws IOException {
        try (RawClient client = RawClient.plain(port)) {
            client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 99999\r\n\r\nabc");
            assertThat(client.reply().status()).isEqualTo(408);
            assertThat(client.ended()).isTrue();
            assertThat(bodies.used()).isZero();
        }
    }

    @Test
    void head_dripped_timesOutWithAnAnswer() throws Exception {
        try (RawClient client = RawClient.plain(port)) {
            client.send("GET /x HTTP/1.1\r\nHost: h\r\n");
            Thread drip =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    for (int at = 0; at < 40; at++) {
                                        client.send("X: y\r\n");
                                        Thread.sleep(50);
                                    }
                                } catch (IOException | InterruptedException e) {
                                    // The server has cut it, as it should.
                                }
                            });
            assertThat(client.reply().status()).isEqualTo(408);
            assertThat(client.ended()).isTrue();
            drip.join();
        }
    }

    @Test
    void connection_idle_isClosedWithoutAWord() throws IOException {
        try (RawClient client = RawClient.plain(port)) {
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void connections_moreThanGranted_areClosedAtOnce() throws IOException {
        RawClient[] clients = new RawClient[45];
        try {
            for (int at = 0; at < clients.length; at++) {
                clients[at] = RawClient.plain(port);
            }
            assertThat(clients[44].ended()).isTrue();
            assertThat(clients[0].send(GOOD).reply().status()).isEqualTo(200);
            assertThat(listener.connectionsShed()).isEqualTo(5);
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
        assertThat(eventually(() -> listener.connections() == 0)).isTrue();
        try (RawClient client = RawClient.plain(port)) {
            assertThat(client.send(GOOD).reply().status()).isEqualTo(200);
        }
    }

    /** Every row: its name, what is sent, and the status of the answer. */
    public static Stream<Arguments> hostile() {
        return Stream.concat(hostileHeads(), hostileFraming());
    }

    private static Stream<Arguments> hostileHeads() {
        String host = "Host: h\r\n";
        return Stream.of(
                Arguments.of("no target", "GET\r\n\r\n", 400),
                Arguments.of("empty method", " /x HTTP/1.1\r\n" + host + "\r\n", 400),
                Arguments.of("two blanks", "GET  /x HTTP/1.1\r\n" + host + "\r\n", 400),
                Arguments.of("tab as blank", "GET\t/x\tHTTP/1.1\r\n" + host + "\r\n", 400),
                Arguments.of("method no token", "G@T /x HTTP/1.1\r\n" + host + "\r\n", 400),
                Arguments.of("version 2.0", "GET /x HTTP/2.0\r\n" + host + "\r\n", 400),
                Arguments.of("version lower case", "GET /x http/1.1\r\n" + host + "\r\n", 400),
                Arguments.of("HTTP/0.9", "GET /x\r\n\r\n", 400),
                Arguments.of("three blanks", "GET /x y HTTP/1.1\r\n" + host + "\r\n", 400),
                Arguments.of("empty target", "GET  HTTP/1.1\r\n" + host + "\r\n", 400),
                Arguments.of("control", "GET /x\u0001 HTTP/1.1\r\n" + host + "\r\n", 400),
                Arguments.of("target no path", "GET x HTTP/1.1\r\n" + host + "\r\n", 400),
                Arguments.of("fragment", "GET /x#y HTTP/1.1\r\n" + host + "\r\n", 400),
                Arguments.of("URL#", "GET http://h/x#y HTTP/1.1\r\n" + host + "\r\n", 400),
                Arguments.of("user in URL", "GET http://u@h/ HTTP/1.1\r\n" + host + "\r\n", 400),
                Arguments.of("byte above ASCII", "GET /\u00e9 HTTP/1.1\r\n" + host + "\r\n", 400),
                Arguments.of("TLS bytes", "\u0016\u0003\u0001\u0002\u0000\u0001\n\r\n", 400),
                Arguments.of("no Host", "GET /x HTTP/1.1\r\n\r\n", 400),
                Arguments.of("two Hosts", "GET /x HTTP/1.1\r\n" + host + host + "\r\n", 400),
                Arguments.of("Host with path", "GET /x HTTP/1.1\r\nHost: h/x\r\n\r\n", 400),
                Arguments.of("empty Host", "GET /x HTTP/1.1\r\nHost:\r\n\r\n", 400),
                Arguments.of("bare LF", "GET /x HTTP/1.1\nHost: h\n\n", 400),
                Arguments.of("one bare LF", "GET /x HTTP/1.1\r\nHost: h\n\r\n", 400),
                Arguments.of("bare CR", "GET /x HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", 400),
                Arguments.of("CR in value", "GET /x HTTP/1.1\r\n" + host + "X: a\rb\r\n\r\n", 400),
                Arguments.of("LF in value", "GET /x HTTP/1.1\r\n" + host + "X: a\nb\r\n\r\n", 400),
                Arguments.of("folded", "GET /x HTTP/1.1\r\n" + host + "X: y\r\n z\r\n\r\n", 400),
                Arguments.of("blank before colon", "GET /x HTTP/1.1\r\nHost : h\r\n\r\n", 400),
                Arguments.of("no colon", "GET /x HTTP/1.1\r\n" + host + "X\r\n\r\n", 400),
                Arguments.of("empty name", "GET /x HTTP/1.1\r\n" + host + ": y\r\n\r\n", 400),
                Arguments.of("NUL", "GET /x HTTP/1.1\r\n" + host + "X: a\u0000b\r\n\r\n", 400),
                Arguments.of("DEL", "GET /x HTTP/1.1\r\n" + host + "X: a\u007fb\r\n\r\n", 400),
                Arguments.of("two empty lines first", "\r\n\r\n" + GOOD, 400),
                Arguments.of("long line", "GET /" + "x".repeat(5000) + " HTTP/1.1\r\n" + host, 431),
                Arguments.of(
                        "long field",
                        "GET /x HTTP/1.1\r\n" + host + "X: " + "y".repeat(5000) + "\r\n\r\n",
                        431),
                Arguments.of(
                        "many fields",
                        "GET /x HTTP/1.1\r\n" + host + "X: y\r\n".repeat(25) + "\r\n",
                        431));
    }

    private static Stream<Arguments> hostileFraming() {
        String post = "POST /x HTTP/1.1\r\nHost: h\r\n";
        String chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
        return Stream.of(
                Arguments.of(
                        "CL and TE",
                        post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                        400),
                Arguments.of(
                        "two CL",
                        post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde",
                        400),
                Arguments.of(
                        "two different CL",
                        post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
                        400),
                Arguments.of("CL list", post + "Content-Length: 5, 5\r\n\r\nabcde", 400),
                Arguments.of("CL sign", post + "Content-Length: +5\r\n\r\nabcde", 400),
                Arguments.of("CL negative", post + "Content-Length: -5\r\n\r\nabcde", 400),
                Arguments.of("CL hex", post + "Content-Length: 0x5\r\n\r\nabcde", 400),
                Arguments.of("CL empty", post + "Content-Length:\r\n\r\n", 400),
                Arguments.of("CL huge", post + "Content-Length: 99999999999999999999\r\n\r\n", 413),
                Arguments.of("TE gzip", post + "Transfer-Encoding: gzip, chunked\r\n\r\n", 400),
                Arguments.of("TE identity", post + "Transfer-Encoding: identity\r\n\r\n", 400),
                Arguments.of(
                        "TE twice",
                        post
                                + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                        400),
                Arguments.of(
                        "TE with tab",
                        post + "Transfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n",
                        400),
                Arguments.of(
                        "TE in 1.0",
                        "POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                        400),
                Arguments.of("chunk size no hex", chunked + "z\r\nabc\r\n0\r\n\r\n", 400),
                Arguments.of("chunk size sign", chunked + "+3\r\nabc\r\n0\r\n\r\n", 400),
                Arguments.of("chunk size 0x", chunked + "0x3\r\nabc\r\n0\r\n\r\n", 400),
                Arguments.of("chunk size long", chunked + "000000003\r\nabc\r\n0\r\n\r\n", 400),
                Arguments.of("chunk size none", chunked + ";x\r\nabc\r\n0\r\n\r\n", 400),
                Arguments.of("chunk size and word", chunked + "3 x\r\nabc\r\n0\r\n\r\n", 400),
                Arguments.of("chunk size huge", chunked + "ffffffff\r\nabc", 413),
                Arguments.of("chunk bare LF", chunked + "3\nabc\r\n0\r\n\r\n", 400),
                Arguments.of("chunk longer than said", chunked + "3\r\nabcd\r\n0\r\n\r\n", 400),
                Arguments.of("chunk then no CR", chunked + "3\r\nabcX\n0\r\n\r\n", 400),
                Arguments.of("chunk then no LF", chunked + "3\r\nabc\rX0\r\n\r\n", 400),
                Arguments.of("chunk size then no LF", chunked + "3\rXabc\r\n0\r\n\r\n", 400),
                Arguments.of("chunk control", chunked + "3;\u0001\r\nabc\r\n0\r\n\r\n", 400),
                Arguments.of("chunk DEL", chunked + "3;\u007f\r\nabc\r\n0\r\n\r\n", 400),
                Arguments.of(
                        "chunk extension with CR", chunked + "3;a\rb\r\nabc\r\n0\r\n\r\n", 400),
                Arguments.of(
                        "chunk extension long",
                        chunked + "3;" + "a".repeat(300) + "\r\nabc\r\n0\r\n\r\n",
                        400),
                Arguments.of("trailer no field", chunked + "0\r\nabc\r\n\r\n", 400),
                Arguments.of(
                        "trailers without end",
                        chunked + "0\r\n" + "X: y\r\n".repeat(3000) + "\r\n",
                        400),
                Arguments.of(
                        "more than all bodies may hold",
                        post + "Content-Length: 90000\r\n\r\n" + "x".repeat(90_000),
                        429));
    }

    /** Bodies after which the client says that nothing more comes. */
    public static Stream<Arguments> unfinished() {
        String post = "POST /x HTTP/1.1\r\nHost: h\r\n";
        String chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
        return Stream.of(
                Arguments.of("end within a length", post + "Content-Length: 5\r\n\r\nabc", 400),
                Arguments.of("end before chunks", chunked, 400),
                Arguments.of("end within a size", chunked + "3", 400),
                Arguments.of("end within a chunk", chunked + "3\r\nab", 400),
                Arguments.of("end within chunks", chunked + "3\r\nabc\r\n", 400),
                Arguments.of("end within trailers", chunked + "0\r\nX: y\r\n", 400));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("unfinished")
    void exchange_unfinished_isAnsweredAndClosed(String name, String bytes, int status)
            throws IOException {
        checkUnfinished(port, bytes, status);
    }

    /** Sends one unfinished row there. */
    public static void checkUnfinished(int port, String bytes, int status) throws IOException {
        try (RawClient client = RawClient.plain(port)) {
            client.send(bytes).endOutput();
            RawClient.Reply reply = client.reply();
            assertThat(reply.status()).as(reply.text()).isEqualTo(status);
            assertThat(reply.closing()).isTrue();
            assertThat(client.ended()).isTrue();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostile")
    void exchange_hostile_isAnsweredClosedAndForgotten(String name, String bytes, int status)
            throws IOException {
        check(port, bytes, status);
    }

    /** Sends one row there, and then what is good. */
    public static void check(int port, String bytes, int status) throws IOException {
        try (RawClient client = RawClient.plain(port)) {
            RawClient.Reply reply = client.send(bytes).reply();
            assertThat(reply.status()).as(reply.text()).isEqualTo(status);
            assertThat(reply.closing()).isTrue();
            client.send(GOOD);
            assertThat(client.ended()).isTrue();
        }
        try (RawClient next = RawClient.plain(port)) {
            assertThat(next.send(GOOD).reply().status()).isEqualTo(200);
        }
    }

    private static boolean eventually(java.util.function.BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            Thread.onSpinWait();
        }
        return true;
    }
}
