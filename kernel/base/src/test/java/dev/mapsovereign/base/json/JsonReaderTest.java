package dev.mapsovereign.base.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.crypto.Hex;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {
    @Test
    void parse_everyKindOfValue_isRead() {
        JsonObject object =
                JsonReader.parseObject(
                        """
                        {"text":"a\\u20acé\\n","whole":-12,"real":2.5,"yes":true,"no":false,\
                        "nothing":null,"list":[1,[],{}],"inner":{"z":"last","a":"first"}}
                        """
                                .getBytes(UTF_8),
                        JsonReader.Limits.DEFAULT);

        assertThat(object.text("text")).contains("a€é\n");
        assertThat(object.integer("whole")).hasValue(-12);
        assertThat(object.get("real")).contains(new JsonNumber(2.5));
        assertThat(object.bool("yes")).contains(true);
        assertThat(object.bool("no")).contains(false);
        assertThat(object.get("nothing")).contains(JsonNull.INSTANCE);
        assertThat(object.array("list"))
                .contains(JsonArray.of(JsonNumber.of(1), JsonArray.EMPTY, JsonObject.EMPTY));
        assertThat(object.object("inner").orElseThrow().members().keySet())
                .containsExactly("z", "a");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "nul",
                "nulll",
                "True",
                "tru",
                "+1",
                "01",
                "-01",
                "00",
                "1.",
                ".5",
                "-",
                "1e",
                "1e+",
                "0x10",
                "1_000",
                "NaN",
                "Infinity",
                "-Infinity",
                "'a'",
                "[1,]",
                "[,1]",
                "[1 2]",
                "[",
                "]",
                "[1",
                "{",
                "{\"a\"",
                "{\"a\":",
                "{\"a\":1",
                "{\"a\":1,",
                "{a:1}",
                "{\"a\":1,}",
                "{\"a\" 1}",
                "{,}",
                "{1:1}",
                "\"",
                "\"a",
                "\"\\",
                "\"\\u12\"",
                "\"\\u12g4\"",
                "\"\\x41\"",
                "\"\\'\"",
                "\"a\nb\"",
                "\"\u0000\"",
                "\"\u001f\"",
                "// note\n1",
                "1 2",
                "{}{}",
                "null,",
                "\u00a01",
                "\u000c1"
            })
    void parse_whatIsNoJson_isRefused(String text) {
        assertThatThrownBy(() -> JsonReader.parse(text.getBytes(UTF_8)))
                .isInstanceOf(JsonException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "80, continuation alone",
        "c080, overlong NUL",
        "c1bf, overlong DEL",
        "e08080, overlong in three bytes",
        "e09fbf, overlong in three bytes",
        "f08080af, overlong in four bytes",
        "f08fbfbf, overlong in four bytes",
        "eda080, high surrogate",
        "edbfbf, low surrogate",
        "eda081edb080, surrogate pair as CESU-8",
        "f4908080, beyond U+10FFFF",
        "f5808080, no such lead byte",
        "fe, no such byte",
        "ff, no such byte",
        "c2, cut after one byte",
        "e282, cut after two bytes",
        "f09f98, cut after three bytes",
        "c241, continuation missing",
        "e2e282ac, continuation missing"
    })
    void parse_malformedUtf8_isRefusedWhereItBegins(String hex, String why) {
        byte[] text = wrapped(Hex.decode(hex));

        assertThatThrownBy(() -> JsonReader.parse(text))
                .as(why)
                .isInstanceOf(JsonException.class)
                .hasMessage("malformed UTF-8 at byte 2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "7f",
                "c280",
                "dfbf",
                "e0a080",
                "ed9fbf",
                "ee8080",
                "efbfbf",
                "f0908080",
                "f48fbfbf"
            })
    void parse_firstAndLastOfEachLength_isRead(String hex) {
        byte[] character = Hex.decode(hex);

        JsonValue value = JsonReader.parse(wrapped(character));

        assertThat(value).isEqualTo(new JsonString("a" + new String(character, UTF_8) + "b"));
    }

    @Test
    void parse_utf8CutByTheEndOfTheText_isRefused() {
        assertThatThrownBy(() -> JsonReader.parse(Hex.decode("22e282")))
                .hasMessage("malformed UTF-8 at byte 1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"\\ud83d\"", "\"\\ude02\"", "\"\\ud83dx\"", "\"\\ud83d\\n\"",
                "\"\\ud83d\\ud83d\\ude02\"", "\"\\ude02\\ud83d\"", "{\"\\ud83d\":1}",
                        "\"\\ud83d\\u\""
            })
    void parse_loneSurrogate_isRefused(String text) {
        assertThatThrownBy(() -> JsonReader.parse(text.getBytes(UTF_8)))
                .isInstanceOf(JsonException.class);
    }

    @Test
    void parse_escapedPair_isOneCharacter() {
        assertThat(JsonReader.parse("\"\\ud83d\\uDE02\"".getBytes(UTF_8)))
                .isEqualTo(new JsonString("😂"));
    }

    @Test
    void parse_byteOrderMark_isRefused() {
        assertThatThrownBy(() -> JsonReader.parse(Hex.decode("efbbbf7b7d")))
                .hasMessage("byte order mark at byte 0");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":1,\"a\":1}",
                "{\"a\":1,\"\\u0061\":2}",
                "{\"a\":null,\"b\":0,\"a\":null}",
                "{\"1\":0,\"2\":0,\"3\":0,\"4\":0,\"5\":0,\"6\":0,\"7\":0,\"8\":0,\"9\":0,\"1\":0}",
                "{\"x\":{\"a\":1,\"a\":1}}"
            })
    void parse_secondMemberOfOneName_isRefused(String text) {
        assertThatThrownBy(() -> JsonReader.parse(text.getBytes(UTF_8)))
                .isInstanceOf(JsonException.class)
                .hasMessageStartingWith("second member of one name");
    }

    @Test
    void parse_nestingAtTheLimit_isReadAndOneMoreRefused() {
        JsonReader.Limits limits = new JsonReader.Limits(5, 1000);

        assertThat(JsonReader.parse(nested(5), limits)).isInstanceOf(JsonArray.class);
        assertThatThrownBy(() -> JsonReader.parse(nested(6), limits))
                .hasMessage("more than 5 levels at byte 5");
    }

    @Test
    void parse_deepestPossible_fitsHalfOfAUsualStack() throws InterruptedException {
        JsonReader.Limits limits = new JsonReader.Limits(256, 10_000);
        byte[][] written = new byte[1][];
        Thread thread =
                new Thread(
                        null,
                        () ->
                                written[0] =
                                        CanonicalJson.encode(JsonReader.parse(nested(256), limits)),
                        "small stack",
                        512 * 1024);
        thread.start();
        thread.join();

        assertThat(written[0]).isEqualTo(nested(256));
    }

    @Test
    void parse_textAtTheLimit_isReadAndOneMoreByteRefused() {
        JsonReader.Limits limits = new JsonReader.Limits(5, 10);

        assertThat(JsonReader.parse("\"12345678\"".getBytes(UTF_8), limits))
                .isEqualTo(new JsonString("12345678"));
        assertThatThrownBy(() -> JsonReader.parse("\"12345678\" ".getBytes(UTF_8), limits))
                .hasMessage("longer than 10 bytes at byte 10");
    }

    @Test
    void parse_millionsOfTinyValues_isRefused() {
        byte[] text = ("[" + "0,".repeat(2_000_000) + "0]").getBytes(UTF_8);

        assertThatThrownBy(() -> JsonReader.parse(text))
                .isInstanceOf(JsonException.class)
                .hasMessageStartingWith("more than 1048576 values");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "-0, 0",
        "0.0, 0",
        "-0.0e5, 0",
        "1e0, 1",
        "100e-2, 1",
        "1E+2, 100",
        "123456789012345, 123456789012345",
        "1234567890123456, 1234567890123456",
        "-9007199254740991, -9007199254740991",
        "9007199254740991, 9007199254740991",
        "0.000001, 0.000001",
        "1e-400, 0",
        "1.7976931348623157e308, 1.7976931348623157e+308",
        "4.9e-324, 5e-324",
        "0e99999999999, 0",
        "1e-99999999999, 0"
    })
    void parse_number_isTheNearestDouble(String text, String canonical) {
        assertThat(CanonicalJson.text(JsonReader.parse(text.getBytes(UTF_8)))).isEqualTo(canonical);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e309", "-1e309", "1.7976931348623159e308", "1e99999999999"})
    void parse_numberBeyondADouble_isRefused(String text) {
        assertThatThrownBy(() -> JsonReader.parse(text.getBytes(UTF_8)))
                .hasMessage("number beyond the range of a double at byte 0");
    }

    @Test
    void parse_numberOfThousandsOfDigits_isRefused() {
        assertThatThrownBy(() -> JsonReader.parse("1".repeat(1_101).getBytes(UTF_8)))
                .hasMessageStartingWith("number longer than 1100 characters");
        // Every exact decimal of a double fits.
        assertThat(JsonReader.parse(("0." + "1".repeat(1_000)).getBytes(UTF_8)))
                .isEqualTo(new JsonNumber(0.1111111111111111));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"9007199254740992", "9007199254740993", "-9007199254740992", "1e20", "1.5"})
    void integer_whatIsNoExactWholeNumber_isAbsent(String number) {
        JsonObject object = object("{\"n\":" + number + "}");

        assertThat(object.integer("n")).isEqualTo(OptionalLong.empty());
    }

    @Test
    void parseObject_otherValue_isRefused() {
        assertThatThrownBy(() ->
                        JsonReader.parseObject("[]".getBytes(UTF_8), JsonReader.Limits.DEFAULT))
                .hasMessage("expected an object at byte 0");
    }

    @Test
    void parseSliced_members_standWhereTheySay() {
        byte[] text =
                " { \"a\" : {\"b\": [1, 2] } , \"\\u0062\":\t\"ü\"\n,\"c\":1e2}".getBytes(UTF_8);

        SlicedObject sliced = JsonReader.parseSliced(text, JsonReader.Limits.DEFAULT);

        assertThat(sliced.slices().keySet()).containsExactlyInAnyOrder("a", "b", "c");
        assertThat(bytes(sliced, "a", text)).isEqualTo("{\"b\": [1, 2] }");
        assertThat(bytes(sliced, "b", text)).isEqualTo("\"ü\"");
        assertThat(bytes(sliced, "c", text)).isEqualTo("1e2");
        assertThat(sliced.object()).isEqualTo(JsonReader.parse(text));
    }

    @Test
    void locate_memberOfAnInnerObject_isAbsent() {
        byte[] text = "{\"a\":{\"b\":1}}".getBytes(UTF_8);

        assertThat(JsonReader.locate(text, "b", JsonReader.Limits.DEFAULT)).isEmpty();
        assertThat(JsonReader.locate(text, "a", JsonReader.Limits.DEFAULT))
                .contains(new Slice(5, 7));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "", "{\"a\":1} x", "1"})
    void parseSliced_whatIsNoObject_isRefused(String text) {
        assertThatThrownBy(() ->
                        JsonReader.parseSliced(text.getBytes(UTF_8), JsonReader.Limits.DEFAULT))
                .isInstanceOf(JsonException.class);
    }

    @Test
    void parse_namesWithOneHash_areReadWithoutQuadraticTime() {
        // "Aa" and "BB" have one hash code, so have all texts made of them; comparing each with
        // each would take a minute instead of a moment.
        StringBuilder text = new StringBuilder("{");
        int names = 1 << 17;
        for (int i = 0; i < names; i++) {
            text.append(i == 0 ? "\"" : ",\"");
            for (int bit = 0; bit < 17; bit++) {
                text.append(((i >> bit) & 1) == 0 ? "Aa" : "BB");
            }
            text.append("\":0");
        }
        text.append('}');

        assertThat(object(text.toString()).size()).isEqualTo(names);
    }

    @Test
    void jsonException_message_holdsNothingOfTheText() {
        assertThatThrownBy(() -> JsonReader.parse("{\"password\":hunter2}".getBytes(UTF_8)))
                .hasMessage("expected a value at byte 12");
    }

    @Test
    void limits_absurd_areRefused() {
        for (Map.Entry<Integer, Integer> bad : Map.of(0, 1, 257, 1, 1, 0).entrySet()) {
            assertThatThrownBy(() -> new JsonReader.Limits(bad.getKey(), bad.getValue()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static JsonObject object(String text) {
        return JsonReader.parseObject(text.getBytes(UTF_8), JsonReader.Limits.DEFAULT);
    }

    private static String bytes(SlicedObject sliced, String name, byte[] text) {
        return new String(sliced.slice(name).orElseThrow().of(text), UTF_8);
    }

    private static byte[] nested(int depth) {
        return ("[".repeat(depth) + "]".repeat(depth)).getBytes(UTF_8);
    }

    /** {@code "a…b"} in quotes. */
    private static byte[] wrapped(byte[] inner) {
        byte[] text = new byte[inner.length + 4];
        text[0] = '"';
        text[1] = 'a';
        System.arraycopy(inner, 0, text, 2, inner.length);
        text[inner.length + 2] = 'b';
        text[inner.length + 3] = '"';
        return text;
    }
}
