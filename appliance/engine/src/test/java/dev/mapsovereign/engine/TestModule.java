package dev.mapsovereign.engine;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.module.ModuleRefusal;
import dev.mapsovereign.engine.module.OperationSpec;
import dev.mapsovereign.engine.module.ProtocolModule;
import dev.mapsovereign.engine.module.ProtocolVersion;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A protocol whose operations do what a test tells them, and count how often. */
public final class TestModule implements ProtocolModule {
    /** What an operation does. */
    @FunctionalInterface
    public interface Behaviour {
        /** Does it. */
        JsonObject run(JsonObject input, InvokeContext context) throws ModuleRefusal;
    }

    private final String protocol;
    private final ProtocolVersion version;
    private final Map<String, Behaviour> behaviours = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> runs = new ConcurrentHashMap<>();

    public TestModule(String protocol, String version) {
        this.protocol = protocol;
        this.version = ProtocolVersion.parse(version);
        behaviours.put("read", (input, context) -> input);
        behaviours.put("write", (input, context) -> input);
        behaviours.put("greet", (input, context) -> input);
        behaviours.put("other.read", (input, context) -> input);
    }

    /** Makes an operation do something else. */
    public void let(String operation, Behaviour behaviour) {
        behaviours.put(operation, behaviour);
    }

    /** Makes an operation refuse. */
    public void letRefuse(String operation, ErrorCode code) {
        let(
                operation,
                (input, context) -> {
                    throw new ModuleRefusal(code, "told to refuse");
                });
    }

    /** How often an operation ran. */
    public int runs(String operation) {
        return runs.computeIfAbsent(operation, absent -> new AtomicInteger()).get();
    }

    @Override
    public String protocol() {
        return protocol;
    }

    @Override
    public ProtocolVersion version() {
        return version;
    }

    @Override
    public List<OperationSpec> operations() {
        return List.of(
                operation("read", true, false),
                operation("other.read", true, false),
                operation("write", false, false),
                operation("greet", true, true));
    }

    /** An operation with the test module's schema. */
    public static OperationSpec operation(String name, boolean readOnly, boolean anonymous) {
        byte[] request =
                """
                {"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",
                 "x-map-read-only":%s,"x-map-anonymous":%s,
                 "properties":{"text":{"type":"string","maxLength":100},"n":{"type":"integer"}},
                 "additionalProperties":false}\
                """
                        .formatted(readOnly, anonymous)
                        .getBytes(StandardCharsets.UTF_8);
        return OperationSpec.of(
                name,
                JsonReader.parseObject(request, JsonReader.Limits.DEFAULT),
                JsonObject.builder().put("type", "object").build());
    }

    @Override
    public JsonObject invoke(String operation, JsonObject input, InvokeContext context)
            throws ModuleRefusal {
        runs.computeIfAbsent(operation, absent -> new AtomicInteger()).incrementAndGet();
        Behaviour behaviour = behaviours.get(operation);
        if (behaviour == null) {
            throw new IllegalStateException("no operation " + operation);
        }
        return behaviour.run(input, context);
    }
}
