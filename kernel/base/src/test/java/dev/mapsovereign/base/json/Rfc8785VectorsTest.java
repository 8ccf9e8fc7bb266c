package dev.mapsovereign.base.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.crypto.Hex;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The published vectors; see LICENCE.txt beside them. */
class Rfc8785VectorsTest {
    private static final String FOLDER = "/vectors/rfc8785/";

    @ParameterizedTest
    @ValueSource(strings = {"arrays", "french", "structures", "unicode", "values", "weird"})
    void encode_publishedInput_givesPublishedBytes(String name) {
        byte[] canonical = CanonicalJson.encode(JsonReader.parse(read("input/" + name + ".json")));

        assertThat(canonical).isEqualTo(read("output/" + name + ".json"));
        assertThat(canonical).isEqualTo(hex("outhex/" + name + ".txt"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"arrays", "french", "structures", "unicode", "values", "weird"})
    void encode_ownOutput_isUnchanged(String name) {
        byte[] canonical = read("output/" + name + ".json");

        assertThat(CanonicalJson.encode(JsonReader.parse(canonical))).isEqualTo(canonical);
    }

    private static byte[] hex(String name) {
        return Hex.decode(new String(read(name), UTF_8).replaceAll("\\s", ""));
    }

    static byte[] read(String name) {
        try (InputStream in = Rfc8785VectorsTest.class.getResourceAsStream(FOLDER + name)) {
            assertThat(in).as(name).isNotNull();
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
