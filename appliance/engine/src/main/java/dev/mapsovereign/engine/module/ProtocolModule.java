package dev.mapsovereign.engine.module;

import dev.mapsovereign.base.json.JsonObject;
import java.util.List;

/**
 * One protocol's implementation inside this process.
 *
 * <p>Called by many virtual threads at once. Implementations block rather than spin, and give every
 * wait the time that is left of {@link InvokeContext#deadline()}: nobody interrupts them, since an
 * interrupt in the middle of a database write closes the embedded database's files.
 */
public interface ProtocolModule {
    /** The protocol's canonical name, upper case. */
    String protocol();

    /** Version of this implementation. */
    ProtocolVersion version();

    /** Every operation it offers; the list never changes. */
    List<OperationSpec> operations();

    /**
     * Runs one operation.
     *
     * @param operation one of {@link #operations()}
     * @param input already checked against the operation's request schema
     * @param context who calls, for which tenant, until when
     * @return the data answered; an object as the response schema says
     * @throws ModuleRefusal when the operation says no; anything else that is thrown is a fault
     */
    JsonObject invoke(String operation, JsonObject input, InvokeContext context)
            throws ModuleRefusal;
}
