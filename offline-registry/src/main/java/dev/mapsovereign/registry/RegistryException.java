package dev.mapsovereign.registry;

import dev.mapsovereign.base.error.OperatorException;

/** A refusal of the registry: what was found, where, and which rule it breaks. */
public final class RegistryException extends OperatorException {
    private static final long serialVersionUID = 1L;

    private final RegistryFault fault;

    /** A refusal for {@code fault}; the message names file or DID and the value found. */
    public RegistryException(RegistryFault fault, String message) {
        super(fault.exit(), message);
        this.fault = fault;
    }

    /** A refusal for {@code fault} that another failure led to. */
    public RegistryException(RegistryFault fault, String message, Throwable cause) {
        super(fault.exit(), message, cause);
        this.fault = fault;
    }

    /** The rule that was broken. */
    public RegistryFault fault() {
        return fault;
    }
}
