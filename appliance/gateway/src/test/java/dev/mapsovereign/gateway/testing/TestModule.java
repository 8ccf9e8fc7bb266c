package dev.mapsovereign.gateway.testing;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.module.ModuleRefusal;
import dev.mapsovereign.engine.module.OperationSpec;
import dev.mapsovereign.engine.module.ProtocolModule;
import dev.mapsovereign.engine.module.ProtocolVersion;
import java.util.List;

/** Protocol TEST: gives back what it gets, waits, fails, and has an operation nobody may call. */
final class TestModule implements ProtocolModule {
    private static final JsonObject ANY = JsonObject.builder().put("type", "object").build();
    private static final JsonObject TEXT =
            JsonObject.builder()
                    .put("type", "object")
                    .put("properties", JsonObject.builder().put("n", string()).build())
                    .build();

    private static JsonObject string() {
        return JsonObject.builder().put("type", "string").build();
    }

    @Override
    public String protocol() {
        return "TEST";
    }

    @Override
    public ProtocolVersion version() {
        return ProtocolVersion.parse("v1.0.0");
    }

    @Override
    public List<OperationSpec> operations() {
        return List.of(
                new OperationSpec("echo", TEXT, ANY, true, false),
                new OperationSpec("open", ANY, ANY, true, true),
                new OperationSpec("wait", ANY, ANY, true, false),
                new OperationSpec("write", ANY, ANY, false, false),
                new OperationSpec("fail", ANY, ANY, true, false),
                new OperationSpec("secret", ANY, ANY, true, false));
    }

    @Override
    public JsonObject invoke(String operation, JsonObject input, InvokeContext context)
            throws ModuleRefusal {
        return switch (operation) {
            case "wait" -> {
                try {
                    Thread.sleep(input.integer("millis").orElse(0));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                yield input;
            }
            case "fail" -> {
                if (input.bool("politely").orElse(false)) {
                    throw new ModuleRefusal(ErrorCode.POLICY_DENIED, "not today", JsonObject.EMPTY);
                }
                throw new IllegalStateException("a defect, with a secret: hunter2");
            }
            default -> input;
        };
    }
}
