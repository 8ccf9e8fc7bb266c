package dev.mapsovereign.base.audit;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What a record tells of. The words stand in records for ever and are never renamed. */
public enum EventType {
    PROTOCOL_INVOCATION("ProtocolInvocation"),
    CAPABILITY_GRANT("CapabilityGrant"),
    AUTHORIZATION_CHECK("AuthorizationCheck"),
    RATE_LIMIT_EXCEEDED("RateLimitExceeded"),
    CIRCUIT_BREAKER_OPEN("CircuitBreakerOpen"),
    SECURITY_VIOLATION("SecurityViolation"),
    ERROR("Error"),
    NODE_STARTED("NodeStarted"),
    NODE_STOPPED("NodeStopped"),
    CONFIG_CHANGED("ConfigChanged"),
    CLOCK_STEPPED("ClockStepped"),
    TENANT_CREATED("TenantCreated"),
    KEY_USED("KeyUsed"),
    KEY_ROTATED("KeyRotated"),
    CERTIFICATE_ISSUED("CertificateIssued"),
    CERTIFICATE_REVOKED("CertificateRevoked"),
    REGISTRY_IMPORTED("RegistryImported"),
    PLUGIN_LOADED("PluginLoaded"),
    PLUGIN_REFUSED("PluginRefused"),
    AUDIT_EXPORTED("AuditExported"),
    RECEIPT_IMPORTED("ReceiptImported"),
    AUDIT_PRUNED("AuditPruned");

    private static final Map<String, EventType> BY_WIRE =
            Arrays.stream(values())
                    .collect(Collectors.toUnmodifiableMap(EventType::wire, Function.identity()));

    private final String wire;

    EventType(String wire) {
        this.wire = wire;
    }

    /** The word as it stands in a record. */
    public String wire() {
        return wire;
    }

    /** The event of that word; empty when this version does not know it. */
    public static Optional<EventType> ofWire(String wire) {
        return Optional.ofNullable(BY_WIRE.get(wire));
    }
}
