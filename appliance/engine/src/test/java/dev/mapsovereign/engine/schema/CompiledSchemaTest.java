package dev.mapsovereign.engine.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.Limits;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CompiledSchemaTest {
    private static JsonValue json(String text) {
        return JsonReader.parse(text.getBytes(StandardCharsets.UTF_8));
    }

    private static CompiledSchema schema(String text) {
        return CompiledSchema.of((JsonObject) json(text));
    }

    /** One row for each kind of keyword that our schemas use, right and wrong. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{`type`:`object`} | {} | true",
                "{`type`:`object`} | [] | false",
                "{`type`:`integer`} | 3 | true",
                "{`type`:`integer`} | 3.0 | true",
                "{`type`:`integer`} | 3.5 | false",
                "{`type`:`integer`} | 1e300 | true",
                "{`type`:`number`,`multipleOf`:0.01} | 0.07 | true",
                "{`type`:[`string`,`null`]} | null | true",
                "{`required`:[`a`]} | {`b`:1} | false",
                "{`properties`:{`a`:{`type`:`string`}},`additionalProperties`:false} | {`a`:`x`} | true",
                "{`properties`:{`a`:{`type`:`string`}},`additionalProperties`:false} | {`c`:`x`} | false",
                "{`enum`:[1,{`a`:[2]}]} | {`a`:[2.0]} | true",
                "{`const`:{`a`:1,`b`:2}} | {`b`:2,`a`:1} | true",
                "{`uniqueItems`:true} | [{`a`:1},{`a`:1}] | false",
                "{`uniqueItems`:true} | [1,true,`1`] | true",
                "{`maxLength`:3} | `äöü` | true",
                "{`pattern`:`^[a-z]+$`} | `a1` | false",
                "{`minimum`:0,`maximum`:9} | 10 | false",
                "{`items`:{`type`:`string`},`maxItems`:2} | [`a`,`b`,`c`] | false",
                "{`oneOf`:[{`type`:`string`},{`minLength`:2}]} | `ab` | false",
                "{`$defs`:{`t`:{`type`:`boolean`}},`properties`:{`a`:{`$ref`:`#/$defs/t`}}} | {`a`:1} | false",
                "{`x-map-read-only`:true,`type`:`object`} | {} | true"
            })
    void problems_byKeyword(String schema, String instance, boolean valid) {
        boolean found =
                schema(schema.replace('`', '"'))
                        .problems(json(instance.replace('`', '"')))
                        .isEmpty();

        assertThat(found).isEqualTo(valid);
    }

    @Test
    void problems_severalFaults_nameTheirPlaces() {
        CompiledSchema schema =
                schema(
                        """
                        {"type":"object","properties":{"a~b/c":{"type":"string"},
                         "list":{"items":{"type":"integer"}}}}\
                        """);

        assertThat(schema.problems(json("{\"a~b/c\":1,\"list\":[1,\"x\"]}")))
                .map(CompiledSchema.Problem::path)
                .containsExactlyInAnyOrder("/a~0b~1c", "/list/1");
    }

    @Test
    void problems_memberThatNoSchemaNames_saysSo() {
        CompiledSchema schema =
                schema("{\"properties\":{\"a\":{}},\"additionalProperties\":false}");

        assertThat(schema.problems(json("{\"a\":1,\"order\":2}")))
                .containsExactly(new CompiledSchema.Problem("/order", "there is no such member"));
    }

    @Test
    void problems_veryMany_areBounded() {
        StringBuilder list = new StringBuilder("[\"x\"");
        list.repeat(",\"x\"", 5_000).append(']');

        assertThat(schema("{\"items\":{\"type\":\"integer\"}}").problems(json(list.toString())))
                .hasSize(Limits.SCHEMA_PROBLEMS_MAX);
    }

    @Test
    void problems_longQuotedValue_isClipped() {
        String value = "\"" + "x".repeat(100_000) + "\"";

        assertThat(schema("{\"enum\":[\"" + "y".repeat(1_000) + "\"]}").problems(json(value)))
                .allMatch(problem -> problem.message().length() <= Limits.SCHEMA_MESSAGE_MAX + 1);
    }

    @Test
    void of_schemaThatIsNone_isRefused() {
        assertThatThrownBy(() -> schema("{\"type\":\"objekt\"}"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> schema("{\"properties\":[]}"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void of_referenceToAnotherDocument_fetchesNothing() {
        CompiledSchema schema = schema("{\"$ref\":\"http://127.0.0.1:1/schema.json\"}");

        assertThat(schema.problems(json("{}"))).isNotEmpty();
    }
}
