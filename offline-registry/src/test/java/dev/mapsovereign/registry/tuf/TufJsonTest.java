package dev.mapsovereign.registry.tuf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.json.JsonNumber;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonString;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TufJsonTest {
    private static String canonical(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return new String(TufJson.encode(JsonReader.parse(bytes)), StandardCharsets.UTF_8);
    }

    @Test
    void encode_olpcRules_areMet() {
        assertThat(canonical("{ \"b\" : [1, -2, true, null], \"a\": {\"z\":\"\",\"y\":{}} }"))
                .isEqualTo("{\"a\":{\"y\":{},\"z\":\"\"},\"b\":[1,-2,true,null]}");
        assertThat(canonical("\"quote \\\" slash \\\\ feed \\n solidus \\/ \\u00e9\""))
                .as("only quotation mark and backslash are escaped; all else stands as it is")
                .isEqualTo("\"quote \\\" slash \\\\ feed \n solidus / é\"");
    }

    @Test
    void encode_namesBeyondTheBasicPlane_areOrderedByCodePoint() {
        // U+FF5E is below U+1F600, though its UTF-16 unit is above the surrogates.
        JsonObject object = JsonObject.builder().put("\uD83D\uDE00", 1).put("\uFF5E", 2).build();
        assertThat(new String(TufJson.encode(object), StandardCharsets.UTF_8))
                .isEqualTo("{\"\uFF5E\":2,\"\uD83D\uDE00\":1}");
    }

    @Test
    void encode_fraction_isRefused() {
        assertThatThrownBy(() -> TufJson.encode(new JsonNumber(0.5)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(TufJson.encode(new JsonString(""))).hasSize(2);
    }

    @Test
    void keyId_exampleOfTheSpecification_isMet() {
        // TUF specification 1.0.34, section 4.3: a root key of its example repository.
        MetadataKey key =
                MetadataKey.of(
                        Hex.decode(
                                "72378e5bc588793e58f81c8533da64a2e8f1565c1fcc7f253496394ffc52542c"));
        assertThat(key.id())
                .isEqualTo("1bf1c6e3cdd3d3a8420b19199e27511999850f4b376c4547b2f32fba7e80fca3");
    }
}
