package dev.mapsovereign.engine.route;

import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.engine.module.OperationSpec;
import dev.mapsovereign.engine.schema.CompiledSchema;

/**
 * One operation that a route serves, with everything that can be worked out before a call.
 *
 * @param spec its name, schemas and marks
 * @param capability what a caller needs
 * @param input its request schema, compiled
 */
public record Operation(OperationSpec spec, CapabilityName capability, CompiledSchema input) {
    /** Works it out for a protocol. */
    public static Operation of(String protocol, OperationSpec spec) {
        return new Operation(
                spec,
                CapabilityName.of(protocol, spec.name()),
                CompiledSchema.of(spec.requestSchema()));
    }
}
