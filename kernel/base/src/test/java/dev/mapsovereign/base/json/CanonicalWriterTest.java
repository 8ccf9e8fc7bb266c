package dev.mapsovereign.base.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.error.InvariantException;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CanonicalWriterTest {
    @Test
    void toByteArray_everyKindOfValue_isCanonical() {
        CanonicalWriter writer =
                new CanonicalWriter(1)
                        .beginObject()
                        .name("a")
                        .beginArray()
                        .integer(0)
                        .integer(-10)
                        .beginArray()
                        .endArray()
                        .bool(true)
                        .nothing()
                        .endArray()
                        .name("b")
                        .string("€\"\\\n\u0001 😂")
                        .name("c")
                        .raw("{\"x\":1}".getBytes(UTF_8))
                        .name("d")
                        .beginObject()
                        .name("a")
                        .value(new JsonNumber(1e21))
                        .endObject()
                        .endObject();

        String text = new String(writer.toByteArray(), UTF_8);
        assertThat(text)
                .isEqualTo(
                        "{\"a\":[0,-10,[],true,null],\"b\":\"€\\\"\\\\\\n\\u0001 😂\","
                                + "\"c\":{\"x\":1},\"d\":{\"a\":1e+21}}");
        assertThat(CanonicalJson.encode(JsonReader.parse(writer.toByteArray())))
                .isEqualTo(writer.toByteArray());
    }

    @Test
    void name_orderOfUtf16Units_isTheOrderOfRfc8785() {
        // U+1F602 is above U+FB33 as a character and below it as UTF-16 units.
        CanonicalWriter writer = new CanonicalWriter().beginObject();
        writer.name("😂").integer(1).name("\ufb33").integer(2).endObject();

        assertThat(writer.toByteArray())
                .isEqualTo(
                        CanonicalJson.encode(
                                JsonObject.builder().put("\ufb33", 2).put("😂", 1).build()));
    }

    @Test
    void name_notAscending_isAnInvariantBroken() {
        CanonicalWriter writer = new CanonicalWriter().beginObject().name("b").integer(1);

        assertThatThrownBy(() -> writer.name("a"))
                .isInstanceOf(InvariantException.class)
                .hasMessage("member a must come before b");
        assertThatThrownBy(() -> writer.name("b")).isInstanceOf(InvariantException.class);
    }

    @Test
    void name_innerObject_hasAnOrderOfItsOwn() {
        CanonicalWriter writer = new CanonicalWriter().beginObject().name("m").beginObject();
        writer.name("a").integer(1).endObject().name("n").integer(2).endObject();

        assertThat(new String(writer.toByteArray(), UTF_8)).isEqualTo("{\"m\":{\"a\":1},\"n\":2}");
    }

    @Test
    void nesting_wrong_isAnInvariantBroken() {
        List<Consumer<CanonicalWriter>> wrong =
                List.of(
                        writer -> writer.name("a"),
                        writer -> writer.endObject(),
                        writer -> writer.endArray(),
                        writer -> writer.toByteArray(),
                        writer -> writer.integer(1).integer(2),
                        writer -> writer.beginObject().integer(1),
                        writer -> writer.beginObject().endArray(),
                        writer -> writer.beginObject().name("a").endObject(),
                        writer -> writer.beginObject().name("a").name("b"),
                        writer -> writer.beginArray().endObject(),
                        writer -> writer.beginArray().name("a"),
                        writer -> writer.beginArray().toByteArray(),
                        writer -> writer.beginArray().endArray().endArray());
        for (int i = 0; i < wrong.size(); i++) {
            Consumer<CanonicalWriter> sequence = wrong.get(i);
            assertThatThrownBy(() -> sequence.accept(new CanonicalWriter()))
                    .as("sequence %d", i)
                    .isInstanceOf(InvariantException.class);
        }
    }

    @Test
    void reset_inTheMiddle_startsAnew() {
        CanonicalWriter writer = new CanonicalWriter().beginObject().name("z").beginArray();

        writer.reset().beginObject().name("a").string("b").endObject();

        assertThat(writer.size()).isEqualTo(9);
        assertThat(new String(writer.toByteArray(), UTF_8)).isEqualTo("{\"a\":\"b\"}");
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                0,
                1,
                9,
                10,
                11,
                99,
                100,
                -1,
                -10,
                999_999_999_999_999L,
                1_000_000_000_000_000L,
                9_007_199_254_740_991L,
                -9_007_199_254_740_991L
            })
    void integer_withinIJson_isPlain(long value) {
        assertThat(new String(new CanonicalWriter(1).integer(value).toByteArray(), UTF_8))
                .isEqualTo(Long.toString(value));
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                9_007_199_254_740_992L,
                -9_007_199_254_740_992L,
                Long.MIN_VALUE,
                Long.MAX_VALUE
            })
    void integer_beyondIJson_isRefused(long value) {
        assertThatThrownBy(() -> new CanonicalWriter().integer(value))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> JsonNumber.of(value)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(chars = {'\ud83d', '\ude02'})
    void string_loneSurrogate_isRefused(char surrogate) {
        for (String text : List.of("" + surrogate, surrogate + "x", "x" + surrogate)) {
            assertThatThrownBy(() -> new CanonicalWriter().string(text))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> new JsonString(text))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> JsonObject.builder().put(text, 1).build())
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void string_everyCharacter_comesBack() {
        StringBuilder all = new StringBuilder();
        for (int point = 0; point <= Character.MAX_CODE_POINT; point++) {
            if (point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE) {
                all.appendCodePoint(point);
            }
        }
        JsonString value = new JsonString(all.toString());

        assertThat(JsonReader.parse(CanonicalJson.encode(value))).isEqualTo(value);
    }
}
