package dev.mapsovereign.base.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonValueTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 5, 8, 9, 40})
    void members_anyNumber_keepOrderAndAreFound(int count) {
        JsonObject.Builder builder = JsonObject.builder();
        Map<String, JsonValue> expected = new LinkedHashMap<>();
        for (int i = count; i > 0; i--) {
            builder.put("name" + i, i);
            expected.put("name" + i, JsonNumber.of(i));
        }

        JsonObject object = builder.build();

        assertThat(object.size()).isEqualTo(count);
        assertThat(object.members().keySet()).containsExactlyElementsOf(expected.keySet());
        assertThat(object.members()).isEqualTo(expected).hasSameHashCodeAs(expected);
        assertThat(object.get("name0")).isEmpty();
        assertThat(object.has("name1")).isEqualTo(count > 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 20})
    void members_ofAnObject_cannotBeChanged(int count) {
        JsonObject.Builder builder = JsonObject.builder();
        for (int i = 0; i < count; i++) {
            builder.put("name" + i, i);
        }
        Map<String, JsonValue> members = builder.build().members();

        assertThatThrownBy(() -> members.put("x", JsonNull.INSTANCE))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> members.remove("name0"))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> members.entrySet().iterator().next().setValue(JsonNull.INSTANCE))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void members_iteratedToTheEnd_giveNoMore() {
        Iterator<String> names = JsonObject.EMPTY.members().keySet().iterator();

        assertThat(names.hasNext()).isFalse();
        assertThatThrownBy(names::next).isInstanceOf(NoSuchElementException.class);
    }

    @Test
    void object_sourceChangedLater_isUnchanged() {
        Map<String, JsonValue> source = new LinkedHashMap<>(Map.of("a", JsonNull.INSTANCE));
        JsonObject object = new JsonObject(source);
        List<JsonValue> values = new ArrayList<>(List.of(JsonNull.INSTANCE));
        JsonArray array = new JsonArray(values);
        JsonObject.Builder builder = object.toBuilder();
        JsonObject built = builder.build();

        source.clear();
        values.clear();
        builder.put("b", 1);

        assertThat(object.has("a")).isTrue();
        assertThat(array.size()).isEqualTo(1);
        assertThat(built.has("b")).isFalse();
    }

    @Test
    void getters_memberOfAnotherType_areEmpty() {
        JsonObject object = JsonObject.builder().put("t", "text").put("n", 1).build();

        assertThat(object.text("n")).isEmpty();
        assertThat(object.integer("t")).isEmpty();
        assertThat(object.bool("t")).isEmpty();
        assertThat(object.object("t")).isEmpty();
        assertThat(object.array("t")).isEmpty();
        assertThat(object.text("absent")).isEmpty();
    }

    @Test
    void withAndWithout_changeACopy() {
        JsonObject object = JsonObject.builder().put("a", 1).put("b", 2).build();

        assertThat(object.with("a", JsonNumber.of(3)).toString()).isEqualTo("{\"a\":3,\"b\":2}");
        assertThat(object.with("c", JsonNull.INSTANCE).size()).isEqualTo(3);
        assertThat(object.without("a").toString()).isEqualTo("{\"b\":2}");
        assertThat(object.without("x")).isSameAs(object);
        assertThat(object.toString()).isEqualTo("{\"a\":1,\"b\":2}");
    }

    @Test
    void builder_putIfPresent_addsOnlyWhatThereIs() {
        JsonObject object =
                JsonObject.builder()
                        .putIfPresent("a", Optional.of("x"))
                        .putIfPresent("b", Optional.empty())
                        .put("c", true)
                        .build();

        assertThat(object.toString()).isEqualTo("{\"a\":\"x\",\"c\":true}");
    }

    @Test
    void equals_otherOrder_isEqual() {
        JsonObject one = JsonObject.builder().put("a", 1).put("b", 2).build();
        JsonObject other = JsonObject.builder().put("b", 2).put("a", 1).build();

        assertThat(one).isEqualTo(other).hasSameHashCodeAs(other);
    }

    @Test
    void number_minusZero_isZero() {
        assertThat(new JsonNumber(-0.0)).isEqualTo(new JsonNumber(0.0)).isEqualTo(JsonNumber.of(0));
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void number_notFinite_isRefused(double value) {
        assertThatThrownBy(() -> new JsonNumber(value))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void number_of_sharesNothingWrong() {
        for (long value = -200; value <= 1_100; value++) {
            assertThat(JsonNumber.of(value).longValue()).isEqualTo(value);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.5, 9007199254740992.0, -9007199254740992.0, 1e300})
    void longValue_notWholeWithinIJson_isRefused(double value) {
        JsonNumber number = new JsonNumber(value);

        assertThat(number.isWhole()).isFalse();
        assertThatThrownBy(number::longValue).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void ofStrings_texts_keepTheirOrder() {
        assertThat(JsonArray.ofStrings(List.of("b", "a")).toString()).isEqualTo("[\"b\",\"a\"]");
    }
}
