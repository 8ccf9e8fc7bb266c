package dev.mapsovereign.engine.module;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.json.JsonObject;

/**
 * A protocol module's expected "no". It has no stack trace.
 *
 * <p>Unless it says otherwise by {@link #effectUnknown()}, it means that the call changed nothing.
 */
public final class ModuleRefusal extends Exception {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final transient JsonObject details;
    private final boolean effectUnknown;

    /** A refusal for people ({@code message}) and for programs ({@code details}). */
    public ModuleRefusal(ErrorCode code, String message, JsonObject details) {
        this(code, message, details, false);
    }

    /** A refusal without details. */
    public ModuleRefusal(ErrorCode code, String message) {
        this(code, message, JsonObject.EMPTY);
    }

    private ModuleRefusal(
            ErrorCode code, String message, JsonObject details, boolean effectUnknown) {
        super(message, null, false, false);
        this.code = code;
        this.details = details;
        this.effectUnknown = effectUnknown;
    }

    /** The same refusal of a call that may have changed something before it failed. */
    public ModuleRefusal withEffectUnknown() {
        return new ModuleRefusal(code, reason(), details, true);
    }

    /** What kind of no. */
    public ErrorCode code() {
        return code;
    }

    /** The text for people; {@link #getMessage()} without its null. */
    public String reason() {
        String message = getMessage();
        return message == null ? "" : message;
    }

    /** The details for programs. */
    public JsonObject details() {
        return details;
    }

    /** Whether the call may have changed something. */
    public boolean effectUnknown() {
        return effectUnknown;
    }
}
