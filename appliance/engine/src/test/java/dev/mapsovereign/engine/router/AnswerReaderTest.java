package dev.mapsovereign.engine.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(SeededRandomExtension.class)
final class AnswerReaderTest {
    private static AnswerReader reader(String answer) {
        return new AnswerReader(
                new ByteArrayInputStream(answer.getBytes(StandardCharsets.ISO_8859_1)));
    }

    private static String text(AnswerReader.Read answer) {
        return new String(answer.body(), StandardCharsets.ISO_8859_1);
    }

    @Test
    void read_twoAnswersOnOneConnection_areToldApart() throws IOException {
        AnswerReader reader =
                reader(
                        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json;"
                                + " charset=utf-8\r\n\r\n{}"
                                + "HTTP/1.1 429 \r\nretry-after: 7\r\nTransfer-Encoding: chunked"
                                + "\r\n\r\n3;x=y\r\nabc\r\n0a\r\n0123456789\r\n0\r\nTrail: er\r\n"
                                + "\r\n");
        AnswerReader.Read first = reader.read(false);
        AnswerReader.Read second = reader.read(false);

        assertThat(first.status()).isEqualTo(200);
        assertThat(text(first)).isEqualTo("{}");
        assertThat(first.reusable()).as("bytes that nobody asked for follow").isFalse();
        assertThat(second.status()).isEqualTo(429);
        assertThat(text(second)).isEqualTo("abc0123456789");
        assertThat(second.retryAfter()).contains("7");
        assertThat(second.reusable()).isTrue();
    }

    @Test
    void read_withoutLength_readsToTheEndAndTheConnectionIsUsedUp() throws IOException {
        AnswerReader.Read answer = reader("HTTP/1.1 200 OK\r\n\r\nall of it").read(false);

        assertThat(text(answer)).isEqualTo("all of it");
        assertThat(answer.reusable()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"
            })
    void read_connectionThatWillBeClosed_isNotReusable(String answer) throws IOException {
        assertThat(reader(answer).read(false).reusable()).isFalse();
    }

    @Test
    void read_interimAnswers_areSkipped() throws IOException {
        AnswerReader.Read answer =
                reader(
                                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 \r\nLink: x\r\n\r\nHTTP/1.1 204 \r\n\r\n")
                        .read(false);

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.body()).isEmpty();
    }

    /** Each could be read in two ways, or is not HTTP. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nab",
                "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nab",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nab",
                "HTTP/1.1 200 OK\r\n Content-Length: 2\r\n\r\nab",
                "HTTP/1.1 200 OK\r\nNoColon\r\n\r\n",
                "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n",
                "HTTP/2 200\r\n\r\n",
                "HTTP/1.1 2000 OK\r\n\r\n",
                "HTTP/1.1 xyz\r\n\r\n",
                "HTTP/1.1 042 x\r\n\r\n",
                "SSH-2.0-OpenSSH\r\n\r\n"
            })
    void read_ambiguousOrForeign_isRefused(String answer) {
        assertThatThrownBy(() -> reader(answer).read(false)).isInstanceOf(IOException.class);
    }

    @Test
    void read_sizesBeyondTheBounds_areRefusedBeforeTheyAreRead() {
        String large = "HTTP/1.1 200 OK\r\nContent-Length: " + (Limits.UPSTREAM_BODY_BYTES_MAX + 1);
        String head = "HTTP/1.1 200 OK\r\nX: " + "x".repeat(Limits.UPSTREAM_HEAD_BYTES_MAX);
        byte[] start = "HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        byte[] beyond = new byte[Limits.UPSTREAM_BODY_BYTES_MAX + 1];
        InputStream endless =
                new SequenceInputStream(
                        new ByteArrayInputStream(start), new ByteArrayInputStream(beyond));

        assertThatThrownBy(() -> reader(large + "\r\n\r\n").read(false))
                .hasMessageContaining("larger");
        assertThatThrownBy(() -> reader(head + "\r\n\r\n").read(false))
                .hasMessageContaining("head");
        assertThatThrownBy(() -> new AnswerReader(endless).read(false))
                .hasMessageContaining("larger");
    }

    /** A server that streams sends its content in many small chunks. */
    @Test
    void read_manySmallChunks_areNoLargeHead() throws IOException {
        int chunks = 3 * Limits.UPSTREAM_HEAD_BYTES_MAX;
        String answer =
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "1\r\nx\r\n".repeat(chunks)
                        + "0\r\n\r\n";

        assertThat(reader(answer).read(false).body()).hasSize(chunks);
    }

    @Test
    void read_longTrailersAndChunkLines_areRefused() {
        String head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        String much = "x".repeat(Limits.UPSTREAM_HEAD_BYTES_MAX);

        assertThatThrownBy(() -> reader(head + "0\r\nT: " + much + "\r\n\r\n").read(false))
                .hasMessageContaining("head is too large");
        assertThatThrownBy(() -> reader(head + "1;" + much + "\r\nx\r\n0\r\n\r\n").read(false))
                .hasMessageContaining("chunk's size is too large");
    }

    @Test
    void read_cutAnywhere_isAnEndAndNeverAnAnswer() {
        String whole = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
        for (int length = 0; length < whole.length(); length++) {
            String cut = whole.substring(0, length);
            AnswerReader reader = reader(cut);
            assertThatThrownBy(() -> reader.read(false)).as(cut).isInstanceOf(EOFException.class);
            assertThat(reader.nothingRead()).isEqualTo(length == 0);
        }
    }

    /** However the network cuts the bytes, the answer is the same. */
    @Test
    void read_inPiecesOfAnySize_isTheSame(SeededRandom random) throws IOException {
        String head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        String whole = head + "3\r\nabc\r\n5\r\n12345\r\n0\r\n\r\n";
        byte[] bytes = whole.getBytes(StandardCharsets.US_ASCII);
        for (int round = 0; round < 200; round++) {
            InputStream dripping =
                    new ByteArrayInputStream(bytes) {
                        @Override
                        public synchronized int read(byte[] target, int from, int length) {
                            return super.read(
                                    target, from, Math.min(length, 1 + random.nextInt(7)));
                        }
                    };
            assertThat(text(new AnswerReader(dripping).read(false))).isEqualTo("abc12345");
        }
    }

    @Test
    void read_eventStream_isLeftToBeReadAndEndsWhereItSays() throws IOException {
        String head = "HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream ;charset=utf-8\r\n";
        String chunks =
                "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: t\r\n\r\n";
        assertThat(reader(head + chunks).read(true).content().orElseThrow().readAllBytes())
                .isEqualTo("abcde".getBytes(StandardCharsets.US_ASCII));
        assertThat(reader(head + chunks).read(false).body()).hasSize(5);
        assertThat(
                        reader(head + "Content-Length: 4\r\n\r\nabcdefgh")
                                .read(true)
                                .content()
                                .orElseThrow()
                                .readAllBytes())
                .hasSize(4);
        assertThatThrownBy(() -> reader(head + "\r\nabc").read(true))
                .hasMessageContaining("does not say where it ends");
        for (String broken :
                List.of(
                        "Content-Length: 9\r\n\r\nabc",
                        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
                        "Transfer-Encoding: chunked\r\n\r\n3\r\nab",
                        "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
                        "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n")) {
            assertThatThrownBy(() ->
                            reader(head + broken).read(true).content().orElseThrow().readAllBytes())
                    .as(broken)
                    .isInstanceOf(IOException.class);
        }
    }
}
