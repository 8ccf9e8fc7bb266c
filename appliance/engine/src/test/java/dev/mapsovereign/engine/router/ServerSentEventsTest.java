package dev.mapsovereign.engine.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The event stream format of WHATWG HTML §9.2. */
final class ServerSentEventsTest {
    private static List<String> read(InputStream in) throws IOException {
        ServerSentEvents events = new ServerSentEvents(in, 64, 10_000);
        List<String> all = new ArrayList<>();
        for (Optional<ServerSentEvents.Event> next = events.next();
                next.isPresent();
                next = events.next()) {
            String data = new String(next.get().data(), StandardCharsets.UTF_8);
            all.add(next.get().name() + "=" + data.replace("\n", "/"));
        }
        return all;
    }

    private static InputStream bytes(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "data: a~~data: b~~|message=a,message=b",
                "data:a~~|message=a",
                "data:  a~~|message= a",
                "data: YHOO~data: +2~data: 10~~|message=YHOO/+2/10",
                "data~~|message=",
                "data~data~~|message=/",
                "data:|",
                ": comment~~data: a~~|message=a",
                "id: 1~retry: 5~data: a~nonsense~~|message=a",
                "event: end~data: a~~data: b~~|end=a,message=b",
                "event: end~~data: b~~|message=b",
                "event: lost~data: a|",
                "data: a~|",
                "data: ä~~|message=ä",
                "dаta: a~~|",
                "DATA: a~~|",
            })
    void next_anyLineEnds_readsTheSame(String stream, String events) throws IOException {
        List<String> wanted = events == null ? List.of() : List.of(events.split(","));
        for (String lineEnd : List.of("\n", "\r\n", "\r")) {
            String text = stream.replace("~", lineEnd);
            assertThat(read(bytes(text))).as(text).isEqualTo(wanted);
            assertThat(read(bytes("\ufeff" + text))).as("with a mark").isEqualTo(wanted);
            assertThat(read(byteByByte(text))).as("byte by byte").isEqualTo(wanted);
        }
    }

    private static InputStream byteByByte(String text) {
        InputStream all = bytes(text);
        return new InputStream() {
            @Override
            public int read() throws IOException {
                return all.read();
            }

            @Override
            public int read(byte[] into, int from, int length) throws IOException {
                return all.read(into, from, 1);
            }
        };
    }

    @Test
    void next_moreThanItsBounds_isRefused() {
        String line = "data: " + "x".repeat(40) + "\n";
        assertThatThrownBy(() -> read(bytes(line + line + "\n")))
                .hasMessage("an event is longer than 64 bytes");
        assertThatThrownBy(() -> read(bytes(": " + "x".repeat(9_000))))
                .hasMessageContaining("a line of the event stream is longer");
        assertThatThrownBy(() -> read(bytes((": " + "x".repeat(60) + "\n").repeat(1_000))))
                .hasMessage("the event stream is longer than 10000 bytes");
    }
}
