package dev.mapsovereign.protocols.schema;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.module.ModuleRefusal;
import java.util.Optional;

/** Reads DIDs out of inputs: a schema's pattern holds their rough form, this their rules. */
public final class Dids {
    private Dids() {}

    /**
     * The DID in a member that the schema requires.
     *
     * @throws ModuleRefusal {@code invalid_payload} naming the broken rule
     */
    public static AgentDid required(JsonObject input, String member) throws ModuleRefusal {
        return optional(input, member).orElseThrow();
    }

    /**
     * The DID in a member that may be absent.
     *
     * @throws ModuleRefusal {@code invalid_payload} naming the broken rule
     */
    public static Optional<AgentDid> optional(JsonObject input, String member)
            throws ModuleRefusal {
        Optional<String> text = input.text(member);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(AgentDid.parse(text.get()));
        } catch (IllegalArgumentException e) {
            throw new ModuleRefusal(ErrorCode.INVALID_PAYLOAD, member + ": " + e.getMessage());
        }
    }
}
