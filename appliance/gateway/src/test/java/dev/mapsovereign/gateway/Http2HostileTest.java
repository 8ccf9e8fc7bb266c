package dev.mapsovereign.gateway;

import static dev.mapsovereign.gateway.testing.RawHttp2Client.ACK;
import static dev.mapsovereign.gateway.testing.RawHttp2Client.CONTINUATION;
import static dev.mapsovereign.gateway.testing.RawHttp2Client.DATA;
import static dev.mapsovereign.gateway.testing.RawHttp2Client.END_HEADERS;
import static dev.mapsovereign.gateway.testing.RawHttp2Client.END_STREAM;
import static dev.mapsovereign.gateway.testing.RawHttp2Client.GOAWAY;
import static dev.mapsovereign.gateway.testing.RawHttp2Client.HEADERS;
import static dev.mapsovereign.gateway.testing.RawHttp2Client.PADDED;
import static dev.mapsovereign.gateway.testing.RawHttp2Client.PING;
import static dev.mapsovereign.gateway.testing.RawHttp2Client.PRIORITY;
import static dev.mapsovereign.gateway.testing.RawHttp2Client.PUSH_PROMISE;
import static dev.mapsovereign.gateway.testing.RawHttp2Client.RST_STREAM;
import static dev.mapsovereign.gateway.testing.RawHttp2Client.SETTINGS;
import static dev.mapsovereign.gateway.testing.RawHttp2Client.WINDOW_UPDATE;
import static dev.mapsovereign.gateway.testing.RawHttp2Client.WITH_PRIORITY;
import static dev.mapsovereign.gateway.testing.RawHttp2Client.block;
import static dev.mapsovereign.gateway.testing.RawHttp2Client.bytes;
import static dev.mapsovereign.gateway.testing.RawHttp2Client.indexed;
import static dev.mapsovereign.gateway.testing.RawHttp2Client.ints;
import static dev.mapsovereign.gateway.testing.RawHttp2Client.join;
import static dev.mapsovereign.gateway.testing.RawHttp2Client.setting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.gateway.listen.EdgeLimits;
import dev.mapsovereign.gateway.testing.RawHttp2Client;
import dev.mapsovereign.gateway.testing.TestNode;
import dev.mapsovereign.gateway.testing.TestTls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What hostile and clumsy HTTP/2 clients send, frame by frame: what they are told, in which chain
 * the record stands, whether the connection goes on, and that the next one works. The sections are
 * those of RFC 9113.
 */
class Http2HostileTest {
    private static final String ECHO = TestNode.envelope("echo", "{\"n\":\"x\"}");
    private static final TenantId TENANT = TestNode.TENANT;
    private static final TenantId NODE = TenantId.NODE;
    private static final Optional<TenantId> NOWHERE = Optional.empty();
    private static final int FLOOD = 20_000;

    private static final Duration IDLE = Duration.ofSeconds(6);

    @TempDir private static Path folder;
    private static TestTls tls;
    private static TestNode node;

    @BeforeAll
    static void start() throws Exception {
        tls = TestTls.create(Files.createDirectory(folder.resolve("keys")));
        EdgeLimits usual = EdgeLimits.defaults();
        node =
                new TestNode(
                        folder.resolve("node"),
                        Optional.of(tls),
                        new EdgeLimits(
                                200,
                                200,
                                usual.handshakeTime(),
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(2),
                                IDLE,
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(1),
                                usual.fieldsMax(),
                                usual.headBytesMax(),
                                usual.streamsMax(),
                                usual.bodyBytesTogetherMax()));
        warmUp();
    }

    /** The first call loads classes, which must not meet the short times of this test. */
    private static void warmUp() throws Exception {
        for (int attempt = 0; attempt < 5; attempt++) {
            try (RawHttp2Client client = connect().begin()) {
                if (client.outcome(echo(client, 1)).what().equals("200")) {
                    return;
                }
            }
        }
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    /** What a client sends; gives back the stream whose outcome counts. */
    private interface Script {
        int send(RawHttp2Client client) throws IOException;
    }

    /**
     * One row.
     *
     * @param outcome a status, or a frame with its error
     * @param chain where the one record stands; empty for none
     * @param code that of the answer and the record; empty for an answer without a problem
     * @param open whether the connection goes on
     */
    record Row(
            String name,
            Script script,
            String outcome,
            Optional<TenantId> chain,
            String code,
            boolean open) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** Something that ends the connection. */
    private static Row ends(String name, String error, Script script) {
        return new Row(name, script, "GOAWAY " + error, NOWHERE, "", false);
    }

    /** Something that does no harm: the call on stream 1 is answered. */
    private static Row harmless(String name, Script script) {
        return new Row(name, script, "200", Optional.of(TENANT), "", true);
    }

    /** A request that is refused with an answer. */
    private static Row refused(
            String name, String status, String code, TenantId chain, Script script) {
        return new Row(name, script, status, Optional.of(chain), code, true);
    }

    /** A GET of {@code /health} with more fields, whole in one frame. */
    private static Row fields(String name, String error, String... more) {
        return ends(
                name,
                error,
                client -> {
                    client.frame(HEADERS, END_HEADERS | END_STREAM, 1, join(get(), block(more)));
                    return 1;
                });
    }

    /** A header block without any of the usual fields. */
    private static Row bare(String name, String error, byte[]... parts) {
        return ends(
                name,
                error,
                client -> {
                    client.frame(HEADERS, END_HEADERS | END_STREAM, 1, join(parts));
                    return 1;
                });
    }

    private static byte[] get() {
        return block(":method", "GET", ":scheme", "https", ":path", "/health", ":authority", "h");
    }

    private static byte[] post(String... more) {
        return join(
                block(
                        ":method",
                        "POST",
                        ":scheme",
                        "https",
                        ":path",
                        "/v1/dispatch",
                        ":authority",
                        "localhost",
                        "content-type",
                        "application/json",
                        "authorization",
                        "Bearer " + node.apiKey()),
                block(more));
    }

    /** The frames of a whole call. */
    private static byte[] call(int stream, String body, String... more) {
        return join(
                bytes(HEADERS, END_HEADERS, stream, post(more)),
                bytes(DATA, END_STREAM, stream, ascii(body)));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] repeat(int times, byte[] frame) {
        byte[] all = new byte[times * frame.length];
        for (int at = 0; at < times; at++) {
            System.arraycopy(frame, 0, all, at * frame.length, frame.length);
        }
        return all;
    }

    private static int echo(RawHttp2Client client, int stream) throws IOException {
        client.send(call(stream, ECHO));
        return stream;
    }

    /** Sends that and then a call. */
    private static Script andCall(byte[]... frames) {
        return client -> echo(client.send(join(frames)), 1);
    }

    /** Sends a call and then that. */
    private static Script callAnd(String input, byte[]... frames) {
        return client -> {
            client.send(call(1, TestNode.envelope("wait", input))).send(join(frames));
            return 1;
        };
    }

    static Stream<Row> connections() {
        byte[] half = Arrays.copyOf(get(), 20);
        return Stream.of(
                new Row(
                        "3.4 request of HTTP/1.1 where h2 was agreed",
                        client -> {
                            client.send(ascii("GET /health HTTP/1.1\r\nHost: h\r\n\r\n"));
                            return 1;
                        },
                        "GOAWAY PROTOCOL_ERROR",
                        NOWHERE,
                        "",
                        false),
                ends(
                        "4.2 frame of 16,385 bytes",
                        "FRAME_SIZE_ERROR",
                        andCall(bytes(DATA, 0, 1, new byte[16_385]))),
                ends(
                        "4.2 frame that announces 16 MiB and brings nothing",
                        "FRAME_SIZE_ERROR",
                        client -> {
                            client.send(new byte[] {-1, -1, -1, 0, 0, 0, 0, 0, 1});
                            return 1;
                        }),
                harmless(
                        "4.1 unknown type, also on a stream",
                        andCall(bytes(77, 255, 9, ascii("x")))),
                harmless(
                        "4.1 reserved bit of the stream",
                        andCall(bytes(PING, 0, 1 << 31, new byte[8]))),
                ends(
                        "4.3 block that ends within a field",
                        "COMPRESSION_ERROR",
                        client -> {
                            client.frame(HEADERS, END_HEADERS | END_STREAM, 1, half);
                            return 1;
                        }),
                ends(
                        "5.1 DATA on an idle stream",
                        "PROTOCOL_ERROR",
                        andCall(bytes(DATA, 0, 7, ascii("x")))),
                ends(
                        "5.1 RST_STREAM on an idle stream",
                        "PROTOCOL_ERROR",
                        andCall(bytes(RST_STREAM, 0, 7, ints(8)))),
                ends(
                        "5.1 WINDOW_UPDATE on an idle stream",
                        "PROTOCOL_ERROR",
                        andCall(bytes(WINDOW_UPDATE, 0, 7, ints(1)))),
                ends(
                        "5.1.1 even stream",
                        "PROTOCOL_ERROR",
                        andCall(bytes(HEADERS, END_HEADERS | END_STREAM, 2, get()))),
                ends(
                        "5.1.1 HEADERS on stream 0",
                        "PROTOCOL_ERROR",
                        andCall(bytes(HEADERS, END_HEADERS | END_STREAM, 0, get()))),
                ends(
                        "6.1 DATA on stream 0",
                        "PROTOCOL_ERROR",
                        andCall(bytes(DATA, 0, 0, ascii("x")))),
                ends(
                        "6.1 padding longer than the frame",
                        "PROTOCOL_ERROR",
                        client -> {
                            client.frame(HEADERS, END_HEADERS, 1, get())
                                    .frame(DATA, PADDED, 1, (byte) 9, (byte) 'x');
                            return 0;
                        }),
                ends(
                        "6.2 padding longer than the frame",
                        "PROTOCOL_ERROR",
                        andCall(bytes(HEADERS, END_HEADERS | PADDED, 1, (byte) 9, (byte) 0x82))),
                ends(
                        "6.2 padded and empty; INTERNAL_ERROR stands for PROTOCOL_ERROR",
                        "INTERNAL_ERROR",
                        andCall(bytes(HEADERS, END_HEADERS | PADDED, 1))),
                ends(
                        "5.3 HEADERS that depend on themselves",
                        "PROTOCOL_ERROR",
                        andCall(
                                bytes(
                                        HEADERS,
                                        END_HEADERS | END_STREAM | WITH_PRIORITY,
                                        1,
                                        join(ints(1), new byte[1], get())))),
                ends(
                        "6.3 PRIORITY that depends on itself",
                        "PROTOCOL_ERROR",
                        andCall(bytes(PRIORITY, 0, 1, join(ints(1), new byte[1])))),
                ends(
                        "6.3 PRIORITY on stream 0",
                        "PROTOCOL_ERROR",
                        andCall(bytes(PRIORITY, 0, 0, join(ints(1), new byte[1])))),
                ends(
                        "6.3 PRIORITY of 4 bytes",
                        "FRAME_SIZE_ERROR",
                        andCall(bytes(PRIORITY, 0, 1, new byte[4]))),
                harmless(
                        "6.3 PRIORITY on an idle stream",
                        andCall(bytes(PRIORITY, 0, 5, join(ints(3), new byte[1])))),
                ends(
                        "6.4 RST_STREAM of 3 bytes",
                        "FRAME_SIZE_ERROR",
                        andCall(bytes(RST_STREAM, 0, 1, new byte[3]))),
                ends(
                        "6.4 RST_STREAM on stream 0",
                        "PROTOCOL_ERROR",
                        andCall(bytes(RST_STREAM, 0, 0, ints(8)))),
                ends(
                        "6.6 PUSH_PROMISE",
                        "PROTOCOL_ERROR",
                        andCall(bytes(PUSH_PROMISE, END_HEADERS, 1, join(ints(2), get())))),
                ends(
                        "6.7 PING of 7 bytes",
                        "FRAME_SIZE_ERROR",
                        andCall(bytes(PING, 0, 0, new byte[7]))),
                ends(
                        "6.7 PING on a stream",
                        "PROTOCOL_ERROR",
                        andCall(bytes(PING, 0, 1, new byte[8]))),
                harmless("6.7 PING that nobody awaits", andCall(bytes(PING, ACK, 0, new byte[8]))),
                ends(
                        "6.8 GOAWAY of 7 bytes",
                        "FRAME_SIZE_ERROR",
                        andCall(bytes(GOAWAY, 0, 0, new byte[7]))),
                ends(
                        "6.8 GOAWAY on a stream",
                        "PROTOCOL_ERROR",
                        andCall(bytes(GOAWAY, 0, 1, ints(0, 0)))),
                harmless(
                        "6.8 GOAWAY while a call is under way",
                        andCall(bytes(GOAWAY, 0, 0, ints(0, 0)))),
                new Row(
                        "6.8 GOAWAY with an error",
                        client -> {
                            client.frame(GOAWAY, 0, 0, ints(0, 1));
                            return 1;
                        },
                        "closed",
                        NOWHERE,
                        "",
                        false),
                ends(
                        "6.9 WINDOW_UPDATE of 0",
                        "PROTOCOL_ERROR",
                        andCall(bytes(WINDOW_UPDATE, 0, 0, ints(0)))),
                ends(
                        "6.9 WINDOW_UPDATE of 3 bytes",
                        "FRAME_SIZE_ERROR",
                        andCall(bytes(WINDOW_UPDATE, 0, 0, new byte[3]))),
                ends(
                        "6.9.1 window beyond 2^31-1",
                        "FLOW_CONTROL_ERROR",
                        andCall(repeat(2, bytes(WINDOW_UPDATE, 0, 0, ints(Integer.MAX_VALUE))))),
                ends(
                        "6.10 CONTINUATION without HEADERS",
                        "PROTOCOL_ERROR",
                        andCall(bytes(CONTINUATION, END_HEADERS, 1, get()))),
                ends(
                        "6.10 CONTINUATION on another stream",
                        "PROTOCOL_ERROR",
                        andCall(
                                bytes(HEADERS, END_STREAM, 1, half),
                                bytes(CONTINUATION, END_HEADERS, 3, half))),
                ends(
                        "6.10 PING between HEADERS and CONTINUATION",
                        "PROTOCOL_ERROR",
                        andCall(
                                bytes(HEADERS, END_STREAM, 1, half),
                                bytes(PING, 0, 0, new byte[8]))),
                ends(
                        "6.10 unknown type between HEADERS and CONTINUATION",
                        "PROTOCOL_ERROR",
                        andCall(bytes(HEADERS, END_STREAM, 1, half), bytes(77, 0, 0))));
    }

    static Stream<Row> settings() {
        return Stream.of(
                ends(
                        "6.5 SETTINGS of 5 bytes",
                        "FRAME_SIZE_ERROR",
                        andCall(bytes(SETTINGS, 0, 0, new byte[5]))),
                ends("6.5 SETTINGS on a stream", "PROTOCOL_ERROR", andCall(bytes(SETTINGS, 0, 1))),
                ends(
                        "6.5 acknowledgement with settings",
                        "FRAME_SIZE_ERROR",
                        andCall(bytes(SETTINGS, ACK, 0, setting(4, 1)))),
                ends(
                        "6.5.2 ENABLE_PUSH of 2",
                        "PROTOCOL_ERROR",
                        andCall(bytes(SETTINGS, 0, 0, setting(2, 2)))),
                ends(
                        "6.5.2 INITIAL_WINDOW_SIZE of 2^31",
                        "FLOW_CONTROL_ERROR",
                        andCall(bytes(SETTINGS, 0, 0, setting(4, Integer.MIN_VALUE)))),
                ends(
                        "6.5.2 MAX_FRAME_SIZE of 16,383",
                        "PROTOCOL_ERROR",
                        andCall(bytes(SETTINGS, 0, 0, setting(5, 16_383)))),
                ends(
                        "6.5.2 MAX_FRAME_SIZE of 2^24",
                        "PROTOCOL_ERROR",
                        andCall(bytes(SETTINGS, 0, 0, setting(5, 1 << 24)))),
                harmless(
                        "6.5.2 unknown settings, whose values look like a window of 1 byte",
                        andCall(
                                bytes(
                                        SETTINGS,
                                        0,
                                        0,
                                        join(
                                                setting(0x0a0a, 0x00040000),
                                                setting(0x0001, 4096),
                                                setting(9, 1))))),
                harmless(
                        "6.5.2 a thousand settings in one frame",
                        andCall(bytes(SETTINGS, 0, 0, repeat(1000, setting(3, 7))))));
    }

    /** What is sent after, or into, a call that is under way on stream 1. */
    static Stream<Row> streams() {
        byte[] headers = bytes(HEADERS, END_HEADERS | END_STREAM, 1, get());
        return Stream.of(
                new Row(
                        "5.1 DATA on a stream that the client has ended",
                        callAnd("{\"millis\":300}", bytes(DATA, END_STREAM, 1, ascii("x"))),
                        "GOAWAY STREAM_CLOSED",
                        Optional.of(TENANT),
                        "",
                        false),
                new Row(
                        "5.1 HEADERS on a stream that the client has ended",
                        callAnd("{\"millis\":300}", headers),
                        "GOAWAY STREAM_CLOSED",
                        Optional.of(TENANT),
                        "",
                        false),
                new Row(
                        "5.1 DATA on a stream that is answered",
                        client -> {
                            assertThat(client.outcome(echo(client, 1)).what()).isEqualTo("200");
                            client.frame(DATA, END_STREAM, 1, ascii("x"));
                            return 1;
                        },
                        "GOAWAY STREAM_CLOSED",
                        Optional.of(TENANT),
                        "",
                        false),
                new Row(
                        "5.1.1 stream number that goes back; STREAM_CLOSED stands for PROTOCOL_ERROR",
                        client -> {
                            assertThat(client.outcome(echo(client, 5)).what()).isEqualTo("200");
                            return echo(client, 3);
                        },
                        "GOAWAY STREAM_CLOSED",
                        Optional.of(TENANT),
                        "",
                        false),
                new Row(
                        "5.1 RST_STREAM on streams that are answered",
                        client -> {
                            client.frame(HEADERS, END_HEADERS | END_STREAM, 1, get());
                            assertThat(client.outcome(1).what()).isEqualTo("200");
                            client.frame(HEADERS, END_HEADERS | END_STREAM, 3, get());
                            assertThat(client.outcome(3).what()).isEqualTo("200");
                            client.frame(RST_STREAM, 0, 1, ints(8));
                            client.frame(RST_STREAM, 0, 3, ints(8));
                            client.frame(WINDOW_UPDATE, 0, 1, ints(8));
                            return echo(client, 5);
                        },
                        "200",
                        Optional.of(TENANT),
                        "",
                        true),
                new Row(
                        "6.9 WINDOW_UPDATE of 0 on a stream",
                        callAnd("{\"millis\":300}", bytes(WINDOW_UPDATE, 0, 1, ints(0))),
                        "GOAWAY PROTOCOL_ERROR",
                        Optional.of(TENANT),
                        "",
                        false),
                new Row(
                        "6.9.1 stream's window beyond 2^31-1",
                        callAnd(
                                "{\"millis\":300}",
                                bytes(WINDOW_UPDATE, 0, 1, ints(Integer.MAX_VALUE))),
                        "GOAWAY FLOW_CONTROL_ERROR",
                        Optional.of(TENANT),
                        "",
                        false),
                new Row(
                        "6.9.2 window that a setting pushes beyond 2^31-1 is not noticed",
                        callAnd(
                                "{\"millis\":300}",
                                bytes(WINDOW_UPDATE, 0, 1, ints(1 << 30)),
                                bytes(SETTINGS, 0, 0, setting(4, Integer.MAX_VALUE)),
                                bytes(SETTINGS, 0, 0, setting(4, 65_535))),
                        "200",
                        Optional.of(TENANT),
                        "",
                        true),
                new Row(
                        "6.8 GOAWAY while a slow call is under way",
                        callAnd("{\"millis\":300}", bytes(GOAWAY, 0, 0, ints(0, 0))),
                        "200",
                        Optional.of(TENANT),
                        "",
                        true),
                harmless(
                        "8.1 trailers",
                        client -> {
                            client.frame(HEADERS, END_HEADERS, 1, post())
                                    .frame(DATA, 0, 1, ascii(ECHO))
                                    .frame(HEADERS, END_HEADERS | END_STREAM, 1, block("x-t", "y"));
                            return 1;
                        }),
                new Row(
                        "8.1 trailers that do not end the stream",
                        client -> {
                            client.frame(HEADERS, END_HEADERS, 1, post())
                                    .frame(DATA, 0, 1, ascii(ECHO))
                                    .frame(HEADERS, END_HEADERS, 1, block("x-t", "y"));
                            return 1;
                        },
                        "GOAWAY PROTOCOL_ERROR",
                        Optional.of(TENANT),
                        "request_timeout",
                        false),
                harmless(
                        "8.3 pseudo field in trailers is dropped with them",
                        client -> {
                            client.frame(HEADERS, END_HEADERS, 1, post())
                                    .frame(DATA, 0, 1, ascii(ECHO))
                                    .frame(
                                            HEADERS,
                                            END_HEADERS | END_STREAM,
                                            1,
                                            block(":path", "/x"));
                            return 1;
                        }),
                harmless(
                        "4.3 block of 10 frames of one byte and an empty one",
                        client -> {
                            byte[] block = post();
                            client.frame(HEADERS, 0, 1, Arrays.copyOf(block, 10));
                            for (int at = 10; at < 20; at++) {
                                client.frame(CONTINUATION, 0, 1, block[at]);
                            }
                            client.frame(CONTINUATION, 0, 1)
                                    .frame(
                                            CONTINUATION,
                                            END_HEADERS,
                                            1,
                                            Arrays.copyOfRange(block, 20, block.length))
                                    .frame(DATA, END_STREAM, 1, ascii(ECHO));
                            return 1;
                        }));
    }

    static Stream<Row> heads() {
        byte[] authorityLast = block("x-y", "z", ":authority", "h");
        byte[] withoutAuthority = block(":method", "GET", ":scheme", "https", ":path", "/health");
        return Stream.of(
                fields("8.2 name in upper case", "PROTOCOL_ERROR", "X-Upper", "y"),
                fields("8.2.1 name with a blank", "PROTOCOL_ERROR", "x y", "z"),
                fields("8.2.1 name with a colon", "PROTOCOL_ERROR", "x:y", "z"),
                fields(
                        "8.2.1 empty name; INTERNAL_ERROR stands for PROTOCOL_ERROR",
                        "INTERNAL_ERROR",
                        "",
                        "z"),
                fields("8.2.1 CR in a value", "PROTOCOL_ERROR", "x-y", "z\rw"),
                fields("8.2.1 LF in a value", "PROTOCOL_ERROR", "x-y", "z\nw"),
                fields("8.2.1 CR LF in a value", "PROTOCOL_ERROR", "x-y", "z\r\nx-admin: 1"),
                fields("8.2.1 NUL in a value", "PROTOCOL_ERROR", "x-y", "z\u0000w"),
                fields("8.2.2 connection", "PROTOCOL_ERROR", "connection", "close"),
                fields("8.2.2 transfer-encoding", "PROTOCOL_ERROR", "transfer-encoding", "chunked"),
                fields("8.2.2 te: gzip", "PROTOCOL_ERROR", "te", "gzip"),
                refused(
                        "8.2.2 keep-alive",
                        "400",
                        "malformed_request",
                        NODE,
                        client -> {
                            client.send(call(1, ECHO, "keep-alive", "timeout=5"));
                            return 1;
                        }),
                refused(
                        "8.2.2 upgrade",
                        "400",
                        "malformed_request",
                        NODE,
                        client -> {
                            client.send(call(1, ECHO, "upgrade", "h2c"));
                            return 1;
                        }),
                harmless(
                        "8.2.2 te: trailers",
                        client -> {
                            client.send(call(1, ECHO, "te", "trailers"));
                            return 1;
                        }),
                bare(
                        "8.3 pseudo field after others",
                        "PROTOCOL_ERROR",
                        withoutAuthority,
                        authorityLast),
                fields("8.3 pseudo field of answers", "PROTOCOL_ERROR", ":status", "200"),
                bare(
                        "8.3 unknown pseudo field",
                        "PROTOCOL_ERROR",
                        get(),
                        new byte[] {0, 4},
                        ascii(":foo"),
                        new byte[] {1, 'x'}),
                bare(
                        "8.3 no :method",
                        "PROTOCOL_ERROR",
                        block(":scheme", "https", ":path", "/health", ":authority", "h")),
                bare(
                        "8.3 no :path",
                        "PROTOCOL_ERROR",
                        block(":method", "GET", ":scheme", "https", ":authority", "h")),
                bare(
                        "8.3 no :scheme",
                        "PROTOCOL_ERROR",
                        block(":method", "GET", ":path", "/health", ":authority", "h")),
                bare("8.3 no :authority and no host", "PROTOCOL_ERROR", withoutAuthority),
                bare(
                        "8.3 empty :path",
                        "PROTOCOL_ERROR",
                        block(
                                ":method",
                                "GET",
                                ":scheme",
                                "https",
                                ":path",
                                "",
                                ":authority",
                                "h")),
                fields("8.3 :method twice", "PROTOCOL_ERROR", ":method", "GET"),
                fields("8.3 :path twice", "PROTOCOL_ERROR", ":path", "/ready"),
                fields(
                        "8.3.1 host that differs from :authority",
                        "PROTOCOL_ERROR",
                        "host",
                        "other"),
                fields("8.3.1 host twice", "PROTOCOL_ERROR", "host", "h", "host", "h"),
                head("8.3.1 CR LF in :path", ":path", "/v1/dispatch\r\nx: y"),
                head("8.3.1 blank in :path", ":path", "/v1/dispatch x"),
                head("8.3.1 fragment in :path", ":path", "/v1/dispatch#x"),
                head("8.3.1 :path that is no path", ":path", "v1/dispatch"),
                bare(
                        "8.3.1 blank in :method; INTERNAL_ERROR stands for PROTOCOL_ERROR",
                        "INTERNAL_ERROR",
                        block(
                                ":method",
                                "G T",
                                ":scheme",
                                "https",
                                ":path",
                                "/",
                                ":authority",
                                "h")),
                head("8.3.1 user in :authority", ":authority", "user@localhost"),
                head("8.3.1 CR LF in :authority", ":authority", "localhost\r\nx"),
                fields(
                        "8.1.1 content-length that is no number",
                        "PROTOCOL_ERROR",
                        "content-length",
                        "x"),
                fields(
                        "8.1.1 content-length without body",
                        "PROTOCOL_ERROR",
                        "content-length",
                        "5"),
                new Row(
                        "8.1.1 content-length twice",
                        client -> {
                            client.send(
                                    call(1, ECHO, "content-length", "60", "content-length", "61"));
                            return 1;
                        },
                        "GOAWAY PROTOCOL_ERROR",
                        NOWHERE,
                        "",
                        false),
                untrueLength("larger", "1000"),
                untrueLength("smaller", "3"),
                refused(
                        "101 fields",
                        "431",
                        "headers_too_large",
                        NODE,
                        client -> {
                            byte[] many = repeat(100, block("x", "y"));
                            client.frame(HEADERS, END_HEADERS | END_STREAM, 1, join(post(), many));
                            return 1;
                        }));
    }

    /** A call whose content-length is not its body's; the reader has it recorded. */
    private static Row untrueLength(String how, String length) {
        return new Row(
                "8.1.1 content-length " + how + " than the body",
                client -> {
                    client.send(call(1, ECHO, "content-length", length));
                    return 1;
                },
                "GOAWAY PROTOCOL_ERROR",
                Optional.of(TENANT),
                "malformed_request",
                false);
    }

    /** A whole call with another pseudo field. */
    private static Row head(String name, String field, String value) {
        return refused(
                name,
                "400",
                "malformed_request",
                NODE,
                client -> {
                    String[] head = {
                        ":method",
                        "POST",
                        ":scheme",
                        "https",
                        ":path",
                        "/v1/dispatch",
                        ":authority",
                        "localhost",
                        "authorization",
                        "Bearer " + node.apiKey()
                    };
                    head[Arrays.asList(head).indexOf(field) + 1] = value;
                    client.frame(HEADERS, END_HEADERS, 1, block(head))
                            .frame(DATA, END_STREAM, 1, ascii(ECHO));
                    return 1;
                });
    }

    static Stream<Row> compression() {
        return Stream.of(
                bare("4.3 index 0", "COMPRESSION_ERROR", get(), new byte[] {(byte) 0x80}),
                bare(
                        "4.3 index beyond the tables; PROTOCOL_ERROR stands for COMPRESSION_ERROR",
                        "PROTOCOL_ERROR",
                        get(),
                        new byte[] {(byte) 0xff, 10}),
                bare(
                        "4.3 index of 2^35",
                        "COMPRESSION_ERROR",
                        get(),
                        new byte[] {-1, -1, -1, -1, -1, -1, 1}),
                bare(
                        "4.3 table of 4097 bytes",
                        "COMPRESSION_ERROR",
                        new byte[] {0x3f, (byte) 0xe2, 0x1f},
                        get()),
                bare(
                        "4.3 table's size after a field",
                        "COMPRESSION_ERROR",
                        get(),
                        new byte[] {0x20}),
                bare(
                        "4.3 text that is longer than the block",
                        "COMPRESSION_ERROR",
                        get(),
                        new byte[] {0, 1, 'x', 127, -1, -1, -1, 7}),
                bare(
                        "4.3 Huffman code that is none",
                        "COMPRESSION_ERROR",
                        get(),
                        new byte[] {0, 1, 'x', (byte) 0x84, -1, -1, -1, -1}),
                refused(
                        "10.5.1 900 references to a field of 3 KB",
                        "431",
                        "headers_too_large",
                        NODE,
                        client -> bomb(client, 1, 900)),
                ends(
                        "10.5.1 15,000 references to a field of 3 KB (CVE-2016-6581)",
                        "ENHANCE_YOUR_CALM",
                        client -> bomb(client, 1, 15_000)),
                ends(
                        "10.5.1 60,000 references in several frames",
                        "ENHANCE_YOUR_CALM",
                        client -> bomb(client, 4, 15_000)),
                harmless(
                        "4.3 fields of all forms, padded and with a priority",
                        client -> {
                            byte[] block =
                                    join(
                                            new byte[] {3},
                                            ints(0),
                                            new byte[] {7, 0x20, 0x3f, (byte) 0xe1, 0x1f},
                                            post("x-long", "y".repeat(300)),
                                            indexed("x-kept", ""),
                                            new byte[] {(byte) 0xbe, 0x0f, 0x24, 1, 'z'},
                                            new byte[] {0x10, 1, 'n', 1, 'v', 0, 0, 0});
                            client.frame(HEADERS, END_HEADERS | PADDED | WITH_PRIORITY, 1, block)
                                    .frame(DATA, END_STREAM, 1, ascii(ECHO));
                            return 1;
                        }));
    }

    /** Sends a field of 3 KB once, and frames of references to it. */
    private static int bomb(RawHttp2Client client, int frames, int references) throws IOException {
        byte[] many = new byte[references];
        Arrays.fill(many, (byte) 0xbe);
        client.frame(HEADERS, END_STREAM, 1, join(post(), indexed("x", "y".repeat(3000))));
        for (int at = 1; at <= frames; at++) {
            client.frame(CONTINUATION, at == frames ? END_HEADERS : 0, 1, many);
        }
        return 1;
    }

    static Stream<Row> floods() {
        byte[] ping = bytes(PING, 0, 0, new byte[8]);
        byte[] fragment = block("x", "y".repeat(3000));
        return Stream.of(
                ends(
                        "10.5 CONTINUATION without end (CVE-2024-27316)",
                        "ENHANCE_YOUR_CALM",
                        client -> {
                            client.frame(HEADERS, END_STREAM, 1, get())
                                    .send(
                                            repeat(
                                                    100,
                                                    bytes(
                                                            CONTINUATION,
                                                            0,
                                                            1,
                                                            join(fragment, fragment, fragment))));
                            return 1;
                        }),
                ends(
                        "10.5 empty CONTINUATION without end (CVE-2024-27316)",
                        "ENHANCE_YOUR_CALM",
                        client -> {
                            client.frame(HEADERS, END_STREAM, 1, get())
                                    .send(repeat(FLOOD, bytes(CONTINUATION, 0, 1)));
                            return 1;
                        }),
                flood("10.5 PING (CVE-2019-9512)", repeat(FLOOD, ping)),
                flood("10.5 PING acknowledged", repeat(FLOOD, bytes(PING, ACK, 0, new byte[8]))),
                flood("10.5 SETTINGS (CVE-2019-9515)", repeat(FLOOD, bytes(SETTINGS, 0, 0))),
                flood("10.5 SETTINGS acknowledged", repeat(FLOOD, bytes(SETTINGS, ACK, 0))),
                flood(
                        "10.5 PRIORITY",
                        repeat(FLOOD, bytes(PRIORITY, 0, 1, join(ints(3), new byte[1])))),
                flood("10.5 unknown type", repeat(FLOOD, bytes(77, 0, 0, new byte[1]))),
                flood("10.5 WINDOW_UPDATE", repeat(FLOOD, bytes(WINDOW_UPDATE, 0, 0, ints(1)))),
                new Row(
                        "10.5 empty DATA (CVE-2019-9518)",
                        client -> {
                            client.frame(HEADERS, END_HEADERS, 1, post())
                                    .send(repeat(FLOOD, bytes(DATA, 0, 1)));
                            return 1;
                        },
                        "GOAWAY ENHANCE_YOUR_CALM",
                        Optional.of(TENANT),
                        "request_timeout",
                        false));
    }

    private static Row flood(String name, byte[] frames) {
        return ends(name, "ENHANCE_YOUR_CALM", andCall(frames));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"connections", "settings", "streams", "heads", "compression", "floods"})
    void connection_hostile_isAnsweredRecordedAndForgotten(Row row) throws Exception {
        long inTenant = node.records(TENANT);
        long inNode = node.records(NODE);
        try (RawHttp2Client client = connect();
                RawHttp2Client next = connect()) {
            if (!row.name().startsWith("3.4")) {
                client.begin();
            }
            RawHttp2Client.Outcome outcome = client.outcome(row.script().send(client));
            assertThat(outcome.what()).as(outcome.text()).isEqualTo(row.outcome());
            assertRecord(row, inTenant, inNode, outcome);
            if (row.open()) {
                assertThat(client.outcome(echo(client, 1001)).what()).isEqualTo("200");
            } else {
                assertThat(client.ended()).isTrue();
            }
            assertThat(next.begin().outcome(echo(next, 1)).what()).isEqualTo("200");
        }
    }

    @Test
    void rapidReset_thousandsOfStreams_endsTheConnectionAloneAndRecordsWhatRan() throws Exception {
        long records = node.records(TENANT);
        long answers = answers();
        byte[] slow = ascii(TestNode.envelope("wait", "{\"millis\":200}"));
        long served = 0;
        try (RawHttp2Client attacker = connect();
                RawHttp2Client other = connect()) {
            attacker.begin();
            other.begin();
            for (int at = 0; at < 5000 && attacker.sendable(); at++) {
                int stream = 2 * at + 1;
                attacker.send(
                        join(
                                bytes(HEADERS, END_HEADERS, stream, post()),
                                bytes(DATA, END_STREAM, stream, slow),
                                bytes(RST_STREAM, 0, stream, ints(8))));
                if (at % 10 == 0 && at < 200) {
                    served++;
                    assertThat(other.outcome(echo(other, stream)).what()).isEqualTo("200");
                }
            }
            RawHttp2Client.Outcome outcome = attacker.outcome(0);
            assertThat(outcome.what()).isEqualTo("GOAWAY ENHANCE_YOUR_CALM");
            assertThat(attacker.ended()).isTrue();
            assertThat(outcome.lastStream()).isBetween(1, 2 * 200);
        }
        // Each stream that was opened ran, and no other did.
        pause(500);
        await(() -> answers() - answers == node.records(TENANT) - records);
        assertThat(node.records(TENANT) - records - served).isBetween(1L, 100L);
    }

    @Test
    void streams_moreThanGranted_endTheConnectionAndAreRecorded() throws Exception {
        int granted = EdgeLimits.defaults().streamsMax();
        long records = node.records(TENANT);
        String slow = TestNode.envelope("wait", "{\"millis\":1500}");
        try (RawHttp2Client client = connect().begin()) {
            for (int at = 0; at <= granted; at++) {
                client.send(call(2 * at + 1, slow));
            }
            RawHttp2Client.Outcome outcome = client.outcome(0);
            assertThat(outcome.what()).isEqualTo("GOAWAY REFUSED_STREAM");
            // The client must not send again what has run.
            assertThat(outcome.lastStream()).isEqualTo(2 * granted + 1);
            assertThat(client.ended()).isTrue();
        }
        await(() -> node.records(TENANT) == records + granted);
    }

    @Test
    void window_of0_answerIsLetGoAndTheConnectionLives() throws Exception {
        try (RawHttp2Client client = connect().begin()) {
            client.frame(SETTINGS, 0, 0, setting(4, 0));
            long began = System.nanoTime();
            assertThat(client.outcome(echo(client, 1)).what()).isEqualTo("RST_STREAM CANCEL");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(IDLE.plusSeconds(6));
            client.frame(SETTINGS, 0, 0, setting(4, 65_535));
            assertThat(client.outcome(echo(client, 3)).what()).isEqualTo("200");
        }
    }

    @Test
    void window_openedByteByByte_answerIsLetGo() throws Exception {
        try (RawHttp2Client client = connect().begin()) {
            client.frame(SETTINGS, 0, 0, setting(4, 0));
            echo(client, 1);
            long began = System.nanoTime();
            String outcome = "silence";
            client.patience(100);
            for (int at = 0; at < 60 && outcome.equals("silence"); at++) {
                client.frame(WINDOW_UPDATE, 0, 1, ints(1));
                outcome = client.outcome(1).what();
            }
            assertThat(outcome).isEqualTo("RST_STREAM CANCEL");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(IDLE.plusSeconds(6));
        }
    }

    @Test
    void answers_neverRead_connectionIsCutAndTheThreadsEnd() throws Exception {
        int before = openConnections();
        byte[] large = ascii(TestNode.envelope("wait", "{\"t\":\"" + "x".repeat(4 << 20) + "\"}"));
        try (RawHttp2Client client = connect().begin()) {
            client.frame(SETTINGS, 0, 0, setting(4, Integer.MAX_VALUE));
            client.frame(WINDOW_UPDATE, 0, 0, ints(1 << 30));
            for (int stream = 1; stream < 12; stream += 2) {
                client.frame(HEADERS, END_HEADERS, stream, post());
                for (int at = 0; at < large.length; at += 16_384) {
                    int end = Math.min(at + 16_384, large.length);
                    client.frame(
                            DATA,
                            end == large.length ? END_STREAM : 0,
                            stream,
                            Arrays.copyOfRange(large, at, end));
                }
            }
            await(() -> openConnections() <= before);
        }
    }

    @Test
    void headers_drippedSlowly_endWithTheIdleTime() throws Exception {
        try (RawHttp2Client client = connect().begin()) {
            byte[] frame = bytes(HEADERS, END_HEADERS | END_STREAM, 1, get());
            long began = System.nanoTime();
            for (int at = 0; at < frame.length - 1 && client.sendable(); at++) {
                client.send(new byte[] {frame[at]});
                pause(250);
            }
            assertThat(client.ended()).isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(IDLE.plusSeconds(6));
        }
    }

    @Test
    void connection_idleAfterPreface_endsWithTheIdleTimeAlthoughItPings() throws Exception {
        try (RawHttp2Client silent = connect().begin();
                RawHttp2Client pinging = connect().begin()) {
            for (long left = IDLE.toMillis(); left > -600; left -= 300) {
                pinging.frame(PING, 0, 0, new byte[8]);
                pause(300);
            }
            assertThat(silent.ended()).isTrue();
            assertThat(pinging.ended()).isTrue();
        }
    }

    @Test
    void body_refusedAndSentOn_isDroppedAndTheConnectionLives() throws Exception {
        try (RawHttp2Client client = connect().begin()) {
            client.frame(
                    HEADERS,
                    END_HEADERS,
                    1,
                    join(get(), block("content-length", "9999", "content-type", "text/plain")));
            assertThat(client.outcome(1).what()).isEqualTo("200");
            assertThat(client.outcome(1).what()).isEqualTo("RST_STREAM NO_ERROR");
            client.send(repeat(500, bytes(DATA, 0, 1, ascii("x"))));
            assertThat(client.outcome(echo(client, 3)).what()).isEqualTo("200");
            client.frame(DATA, END_STREAM, 1, ascii("x"));
            assertThat(client.outcome(echo(client, 5)).what()).isEqualTo("200");
        }
    }

    @Test
    void body_refusedOverAndOver_takesNoStreamAway() throws Exception {
        int granted = EdgeLimits.defaults().streamsMax();
        try (RawHttp2Client client = connect().begin()) {
            for (int round = 0; round < 2; round++) {
                for (int at = 0; at < granted; at++) {
                    client.frame(HEADERS, END_HEADERS, stream(round, at), get());
                }
                assertThat(client.resets(granted)).isTrue();
            }
            assertThat(client.outcome(echo(client, 1001)).what()).isEqualTo("200");
        }
    }

    private static int stream(int round, int at) {
        return 2 * (round * EdgeLimits.defaults().streamsMax() + at) + 1;
    }

    /** Small frames fill the queue between connection and stream at every moment of the refusal. */
    @Test
    void body_refusedUnderSmallFrames_keepsNoThread() throws Exception {
        int before = openConnections();
        byte[] dribble = repeat(200, bytes(DATA, 0, 1, ascii("x")));
        try (RawHttp2Client client = connect().begin()) {
            client.frame(HEADERS, END_HEADERS, 1, get());
            long end = System.nanoTime() + Duration.ofMillis(2500).toNanos();
            while (System.nanoTime() - end < 0 && client.sendable()) {
                client.send(dribble);
            }
        }
        await(() -> openConnections() <= before);
    }

    private static void assertRecord(
            Row row, long inTenant, long inNode, RawHttp2Client.Outcome outcome) {
        boolean tenants = row.chain().equals(Optional.of(TENANT));
        boolean nodes = row.chain().equals(Optional.of(NODE));
        // A call whose connection ended goes on to its own end.
        await(() -> node.records(TENANT) >= inTenant + (tenants ? 1 : 0));
        List<JsonObject> tenantRecords = node.recordsFrom(TENANT, inTenant);
        List<JsonObject> nodeRecords = node.recordsFrom(NODE, inNode);
        assertThat(tenantRecords).hasSize(tenants ? 1 : 0);
        assertThat(nodeRecords).hasSize(nodes ? 1 : 0);
        if (!row.code().isEmpty()) {
            JsonObject record = tenants ? tenantRecords.getFirst() : nodeRecords.getFirst();
            assertThat(record.text("code")).contains(row.code());
            if (outcome.body().length > 0) {
                JsonObject problem =
                        JsonReader.parseObject(outcome.body(), JsonReader.Limits.DEFAULT);
                assertThat(problem.text("code")).contains(row.code());
                assertThat(problem.text("correlation_id")).isEqualTo(record.text("correlation_id"));
            }
        }
    }

    private static RawHttp2Client connect() throws IOException {
        return RawHttp2Client.connect(node.port(), tls.client());
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!condition.getAsBoolean() && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(5_000_000);
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }

    private static void pause(long millis) {
        LockSupport.parkNanos(millis * 1_000_000);
    }

    private static int openConnections() {
        return (int) node.registry.get("map_gateway_connections").gauge().value();
    }

    private static long answers() {
        return (long)
                node.registry.find("map_gateway_answers_total").counters().stream()
                        .mapToDouble(counter -> counter.count())
                        .sum();
    }
}
