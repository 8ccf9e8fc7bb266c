package dev.mapsovereign.protocols.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.engine.module.CredentialKind;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.module.ModuleRefusal;
import dev.mapsovereign.engine.module.OperationSpec;
import dev.mapsovereign.engine.module.ProtocolModule;
import dev.mapsovereign.engine.schema.CompiledSchema;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Calls a module as the engine does: the input follows the request schema before the module sees
 * it, and what comes back must follow the response schema.
 *
 * @param tenant in whose scope
 * @param did who; empty for nobody
 */
public record Caller(ProtocolModule module, TenantId tenant, Optional<AgentDid> did) {
    /** What came back, and what was noted for the record. */
    public record Reply(JsonObject data, JsonObject notes) {}

    /** The answer's data. */
    public JsonObject call(String operation, String input) throws ModuleRefusal {
        return reply(operation, input).data();
    }

    /** The answer's data and the notes. */
    public Reply reply(String operation, String input) throws ModuleRefusal {
        return reply(operation, input, context());
    }

    /** As {@link #reply(String, String)}, in a context of the test's own. */
    public Reply reply(String operation, String input, InvokeContext context) throws ModuleRefusal {
        JsonObject request = json(input);
        OperationSpec spec = spec(operation);
        assertThat(CompiledSchema.of(spec.requestSchema()).problems(request))
                .as("input of %s", operation)
                .isEmpty();
        JsonObject data = module.invoke(operation, request, context);
        assertThat(CompiledSchema.of(spec.responseSchema()).problems(data))
                .as("answer of %s: %s", operation, data)
                .isEmpty();
        return new Reply(data, context.notes());
    }

    /** Whether the engine would refuse the input before the module sees it. */
    public boolean schemaRefuses(String operation, String input) {
        return !CompiledSchema.of(spec(operation).requestSchema()).problems(json(input)).isEmpty();
    }

    /** The refusal that the call must end in. */
    public ModuleRefusal refusal(String operation, String input) {
        try {
            JsonObject data = call(operation, input);
            throw new AssertionError(operation + " was not refused but answered " + data);
        } catch (ModuleRefusal refusal) {
            return refusal;
        }
    }

    /** A context of this caller. */
    public InvokeContext context() {
        InvokeContext.Builder builder = InvokeContext.builder(tenant);
        did.ifPresent(caller -> builder.caller(caller, CredentialKind.API_KEY));
        return builder.build();
    }

    /** JSON, with single quotes for double ones. */
    public static JsonObject json(String text) {
        return JsonReader.parseObject(
                text.replace('\'', '"').getBytes(StandardCharsets.UTF_8),
                JsonReader.Limits.DEFAULT);
    }

    private OperationSpec spec(String operation) {
        return module.operations().stream()
                .filter(spec -> spec.name().equals(operation))
                .findFirst()
                .orElseThrow();
    }
}
