package dev.mapsovereign.node.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ControlSocketTest {
    @TempDir private Path folder;
    private Path socket;
    private ControlSocket server;
    private ControlClient client;

    @BeforeEach
    void start() {
        socket = folder.resolve("control.sock");
        server = ControlSocket.open(socket, Optional.empty(), ControlSocketTest::handle);
        client = new ControlClient(socket, Duration.ofSeconds(20));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static JsonObject handle(
            String verb, JsonObject arguments, Operator peer, Consumer<JsonObject> progress) {
        return switch (verb) {
            case "echo" -> arguments.with("peer", new JsonString(peer.user()));
            case "long" -> {
                for (int step = 1; step <= 3; step++) {
                    progress.accept(JsonObject.builder().put("step", step).build());
                }
                yield JsonObject.builder().put("done", true).build();
            }
            case "fail" -> {
                ExitCode exit = ExitCode.valueOf(arguments.text("exit").orElseThrow());
                throw new OperatorException(exit, "it is " + exit, "do something else");
            }
            case "break" -> throw new IllegalStateException("a defect with a secret in it");
            default -> throw new AdminHandler.UnknownVerbException(verb);
        };
    }

    @Test
    void call_echo_carriesArgumentsAndThePeersName() {
        JsonObject answer = client.call("echo", JsonObject.builder().put("a", "é\"\n").build());
        assertThat(answer.text("a")).contains("é\"\n");
        assertThat(answer.text("peer")).contains(System.getProperty("user.name"));
        assertThat(client.nodeListens()).isTrue();
    }

    @Test
    void call_longWork_deliversProgressInOrder() {
        List<Long> steps = new ArrayList<>();
        JsonObject answer =
                client.call(
                        "long",
                        JsonObject.EMPTY,
                        progress -> steps.add(progress.integer("step").orElseThrow()));
        assertThat(steps).containsExactly(1L, 2L, 3L);
        assertThat(answer.bool("done")).contains(true);
    }

    @Test
    void call_largeAnswer_arrivesWhole() {
        String text = "x".repeat(900_000);
        assertThat(client.call("echo", JsonObject.builder().put("a", text).build()).text("a"))
                .contains(text);
    }

    @ParameterizedTest
    @EnumSource(value = ExitCode.class, mode = EnumSource.Mode.EXCLUDE, names = "DONE")
    void call_expectedFailure_keepsExitMessageAndHint(ExitCode exit) {
        assertThatThrownBy(() ->
                        client.call("fail", JsonObject.builder().put("exit", exit.name()).build()))
                .isInstanceOfSatisfying(
                        OperatorException.class,
                        thrown -> {
                            assertThat(thrown.exit()).isEqualTo(exit);
                            assertThat(thrown.getMessage()).isEqualTo("it is " + exit);
                            assertThat(thrown.hint()).contains("do something else");
                        });
    }

    @Test
    void call_unknownVerb_isUsage() {
        assertThatThrownBy(() -> client.call("nothing", JsonObject.EMPTY))
                .isInstanceOfSatisfying(
                        OperatorException.class,
                        thrown -> assertThat(thrown.exit()).isEqualTo(ExitCode.USAGE));
    }

    @Test
    void call_defect_tellsNothingAboutItself() {
        assertThatThrownBy(() -> client.call("break", JsonObject.EMPTY))
                .isInstanceOf(OperatorException.class)
                .hasMessageNotContaining("secret");
        assertThat(client.call("echo", JsonObject.EMPTY).text("peer")).isPresent();
    }

    @Test
    void request_withoutStreaming_isOneJsonDocument() throws IOException {
        String body = "{\"a\":\"b\"}";
        String answer =
                raw(
                        "POST /v1/admin/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                                + "Content-Length: "
                                + body.length()
                                + "\r\n\r\n"
                                + body);
        assertThat(answer)
                .startsWith("HTTP/1.1 200 OK\r\n")
                .contains("content-type: application/json")
                .contains("\"a\":\"b\"");
    }

    @Test
    void request_wrong_isAProblemDocument() throws IOException {
        String close = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
        assertThat(raw("GET /v1/admin/echo" + close + "\r\n"))
                .startsWith("HTTP/1.1 405 ")
                .contains("allow: POST");
        assertThat(raw("POST /v1/admin/../etc" + close + "\r\n")).startsWith("HTTP/1.1 404 ");
        assertThat(raw("POST /v1/admin/echo" + close + "Content-Length: 1\r\n\r\n{"))
                .startsWith("HTTP/1.1 400 ")
                .contains("malformed_request");
        assertThat(raw("POST /v1/admin/echo" + close + "Content-Length: 2000000\r\n\r\n"))
                .startsWith("HTTP/1.1 413 ");
        assertThat(raw("nonsense\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    }

    @Test
    void open_socketFile_isForOwnerAndGroupAlone() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                .isEqualTo("rw-rw----");
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(socket);
        }
    }

    @Test
    void open_whileAnotherListens_isRefused() {
        assertThatThrownBy(() ->
                        ControlSocket.open(socket, Optional.empty(), ControlSocketTest::handle))
                .isInstanceOfSatisfying(
                        OperatorException.class,
                        thrown -> assertThat(thrown.exit()).isEqualTo(ExitCode.ENVIRONMENT));
        assertThat(client.nodeListens()).isTrue();
    }

    @Test
    void open_leftOverSocket_isReplaced() throws IOException {
        Path left = folder.resolve("left.sock");
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(left));
        }
        ControlClient later = new ControlClient(left, Duration.ofSeconds(20));
        assertThat(later.nodeListens()).isFalse();
        try (ControlSocket second =
                ControlSocket.open(left, Optional.empty(), ControlSocketTest::handle)) {
            assertThat(later.call("echo", JsonObject.EMPTY).text("peer")).isPresent();
            assertThat(second).isNotNull();
        }
        assertThat(left).doesNotExist();
    }

    @Test
    void open_longPath_works() throws IOException {
        Path deep =
                Files.createDirectories(folder.resolve("d".repeat(100)).resolve("e".repeat(60)));
        Path far = deep.resolve("control.sock");
        try (ControlSocket second =
                ControlSocket.open(far, Optional.empty(), ControlSocketTest::handle)) {
            ControlClient there = new ControlClient(far, Duration.ofSeconds(20));
            assertThat(there.nodeListens()).isTrue();
            assertThat(there.call("echo", JsonObject.EMPTY).text("peer")).isPresent();
            assertThat(second).isNotNull();
        }
    }

    @Test
    void open_unknownGroup_isRefusedAndLeavesNothing() throws IOException {
        Path other = folder.resolve("other.sock");
        assertThatThrownBy(() ->
                        ControlSocket.open(
                                other,
                                Optional.of("no-such-group-here"),
                                ControlSocketTest::handle))
                .isInstanceOf(OperatorException.class);
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(socket);
        }
    }

    @Test
    void call_nobodyListens_namesTheSocket() {
        server.close();
        assertThat(client.nodeListens()).isFalse();
        assertThatThrownBy(() -> client.call("echo", JsonObject.EMPTY))
                .isInstanceOf(OperatorException.class)
                .hasMessageContaining(socket.toString());
    }

    private String raw(String request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1)));
            ByteBuffer answer = ByteBuffer.allocate(64 * 1024);
            while (channel.read(answer) >= 0) {
                assertThat(answer.hasRemaining()).isTrue();
            }
            return StandardCharsets.UTF_8.decode(answer.flip()).toString();
        }
    }
}
