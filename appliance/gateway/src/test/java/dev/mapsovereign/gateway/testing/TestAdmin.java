package dev.mapsovereign.gateway.testing;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.module.OperationSpec;
import dev.mapsovereign.engine.module.ProtocolModule;
import dev.mapsovereign.engine.module.ProtocolVersion;
import java.util.List;

/** Stands where ADMIN does, and answers what it was asked. */
public final class TestAdmin implements ProtocolModule {
    private static final JsonObject ANY = JsonObject.builder().put("type", "object").build();

    @Override
    public String protocol() {
        return "ADMIN";
    }

    @Override
    public ProtocolVersion version() {
        return ProtocolVersion.parse("v1.0.0");
    }

    @Override
    public List<OperationSpec> operations() {
        return List.of(new OperationSpec("observability", ANY, ANY, true, false));
    }

    @Override
    public JsonObject invoke(String operation, JsonObject input, InvokeContext context) {
        return input;
    }
}
