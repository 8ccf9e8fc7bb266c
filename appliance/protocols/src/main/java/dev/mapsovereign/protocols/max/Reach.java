package dev.mapsovereign.protocols.max;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.module.CredentialKind;
import dev.mapsovereign.engine.module.InvokeContext;
import dev.mapsovereign.engine.module.ModuleRefusal;
import java.time.Clock;
import java.util.Optional;

/**
 * Whose chain a question is about: the caller's own tenant's, unless it holds the capability to
 * read across.
 *
 * <p>That capability counts only by its own name and only where the site gave it, by configuration
 * or grant. A pattern such as {@code map.max.*} does not cover it: patterns are given so that an
 * agent may use MAX in its tenant. And a document's own declaration does not: who writes it answers
 * for one tenant, not for the others.
 */
final class Reach {
    /** Held by whoever may read the chains of all tenants and of the node itself. */
    static final CapabilityName ACROSS = new CapabilityName("map.max.audit_query.all");

    private static final String DECLARED = "declared";

    private final AuditLog log;
    private final Clock clock;

    Reach(AuditLog log, Clock clock) {
        this.log = log;
        this.clock = clock;
    }

    /**
     * The tenant in whose chain to look.
     *
     * @throws ModuleRefusal {@code capability_denied} for another tenant than the caller's own,
     *     whether it exists or not; {@code not_found}, to those who may, where it does not
     */
    TenantId of(JsonObject input, InvokeContext context) throws ModuleRefusal {
        Optional<String> asked = input.text("tenant_id");
        boolean own = asked.isEmpty() || asked.get().equals(context.tenant().value());
        if (own && !context.tenant().isNode()) {
            return context.tenant();
        }
        if (!mayReadAcross(context)) {
            throw new ModuleRefusal(
                    ErrorCode.CAPABILITY_DENIED,
                    "another tenant's chain is read with the capability "
                            + ACROSS
                            + ", granted by that name",
                    JsonObject.builder().put("capability", ACROSS.value()).build());
        }
        if (own) {
            return context.tenant();
        }
        TenantId tenant = existing(asked.orElseThrow());
        context.note("read_tenant", tenant.value());
        return tenant;
    }

    private TenantId existing(String name) throws ModuleRefusal {
        try {
            TenantId tenant = TenantId.of(name);
            if (log.exists(tenant)) {
                return tenant;
            }
        } catch (IllegalArgumentException e) {
            // No tenant can have that name, so none has.
        }
        throw new ModuleRefusal(ErrorCode.NOT_FOUND, "this node has no chain of that tenant");
    }

    private boolean mayReadAcross(InvokeContext context) {
        return context.credentialKind() == CredentialKind.CONTROL_SOCKET
                || context.effectiveCapabilities().entries(clock.instant()).stream()
                        .anyMatch(entry ->
                                entry.name().equals(ACROSS)
                                        && entry.capability().isPlain()
                                        && !entry.source().equals(DECLARED));
    }
}
