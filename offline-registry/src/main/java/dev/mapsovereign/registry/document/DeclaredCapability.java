package dev.mapsovereign.registry.document;

import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.registry.UtcSeconds;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/**
 * An entry of a document's {@code capabilities}: a claim, which counts only as far as each ancestor
 * declares it too (see {@link #narrowedBy}).
 *
 * @param name the capability or pattern
 * @param expires when it ends, if it does
 * @param limits whole numbers by name, for example {@code calls_per_minute}
 * @param caveats all of which must be met
 */
public record DeclaredCapability(
        CapabilityName name,
        Optional<Instant> expires,
        Map<String, Long> limits,
        List<Caveat> caveats) {
    /** The limits that this release knows. */
    public static final Set<String> LIMITS_KNOWN =
            Set.of("calls_per_minute", "calls_per_day", "input_bytes_max");

    private static final Set<String> MEMBERS = Set.of("name", "expires", "limits", "caveats");
    private static final int LIMITS_MAX = 16;
    private static final int CAVEATS_MAX = 16;
    private static final int VALUES_MAX = 64;

    public DeclaredCapability {
        limits = Map.copyOf(limits);
        caveats = List.copyOf(caveats);
    }

    /**
     * A capability without end, limits or caveats.
     *
     * @throws IllegalArgumentException if {@code name} is no capability
     */
    public static DeclaredCapability of(String name) {
        return new DeclaredCapability(
                new CapabilityName(name), Optional.empty(), Map.of(), List.of());
    }

    static DeclaredCapability parse(Fields fields) {
        fields.onlyKnown(MEMBERS);
        CapabilityName name;
        try {
            name = new CapabilityName(fields.text("name"));
        } catch (IllegalArgumentException e) {
            throw new DocumentException(
                    DocumentFault.MALFORMED, fields.at("name") + ": " + e.getMessage(), e);
        }
        Map<String, Long> limits = new TreeMap<>();
        fields.objectIfPresent("limits").ifPresent(object -> readLimits(object, limits));
        List<Caveat> caveats = new ArrayList<>();
        for (Fields caveat : fields.objects("caveats", CAVEATS_MAX)) {
            caveats.add(caveat(caveat));
        }
        return new DeclaredCapability(name, fields.timeIfPresent("expires"), limits, caveats);
    }

    private static void readLimits(Fields fields, Map<String, Long> limits) {
        Set<String> names = fields.json().members().keySet();
        if (names.size() > LIMITS_MAX) {
            throw fields.refused("*", "must be at most " + LIMITS_MAX + " members");
        }
        names.forEach(limit -> limits.put(limit, fields.whole(limit, 0)));
    }

    private static Caveat caveat(Fields fields) {
        return switch (fields.text("type")) {
            case "tenant" -> new Caveat.Tenants(Set.copyOf(fields.texts("in", VALUES_MAX)));
            case "not_before" -> new Caveat.NotBefore(fields.time("at"));
            case "protocol_version" ->
                    new Caveat.ProtocolVersions(Set.copyOf(fields.texts("in", VALUES_MAX)));
            default -> new Caveat.Unknown(fields.json());
        };
    }

    /** Whether neither limits nor caveats qualify it. */
    public boolean isPlain() {
        return limits.isEmpty() && caveats.isEmpty();
    }

    /** Whether every limit and caveat is one that this release understands. */
    public boolean isUnderstood() {
        return LIMITS_KNOWN.containsAll(limits.keySet())
                && caveats.stream().noneMatch(Caveat.Unknown.class::isInstance);
    }

    /**
     * Whether it stands for a call with these properties; counting against {@link #limit} is the
     * caller's.
     */
    public boolean permits(String tenant, String protocolVersion, Instant now) {
        return isUnderstood()
                && expires.map(now::isBefore).orElse(true)
                && caveats.stream().allMatch(it -> it.permits(tenant, protocolVersion, now));
    }

    /** A limit, if there is one of that name. */
    public OptionalLong limit(String limit) {
        Long value = limits.get(limit);
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }

    /**
     * What is left of this under an ancestor's declaration: the narrower name, the earlier end, the
     * lower limits, all caveats. Empty if they have nothing in common.
     */
    public Optional<DeclaredCapability> narrowedBy(DeclaredCapability ancestor) {
        CapabilityName narrower;
        if (ancestor.name.covers(name)) {
            narrower = name;
        } else if (name.covers(ancestor.name)) {
            narrower = ancestor.name;
        } else {
            return Optional.empty();
        }
        Map<String, Long> lower = new TreeMap<>(limits);
        ancestor.limits.forEach((limit, value) -> lower.merge(limit, value, Math::min));
        List<Caveat> all = new ArrayList<>(caveats);
        ancestor.caveats.stream().filter(caveat -> !all.contains(caveat)).forEach(all::add);
        return Optional.of(
                new DeclaredCapability(narrower, earlier(expires, ancestor.expires), lower, all));
    }

    private static Optional<Instant> earlier(Optional<Instant> a, Optional<Instant> b) {
        if (a.isEmpty() || b.isEmpty()) {
            return a.isEmpty() ? b : a;
        }
        return a.get().isBefore(b.get()) ? a : b;
    }

    /** The entry as it stands in a document. */
    public JsonObject json() {
        JsonObject.Builder json = JsonObject.builder().put("name", name.value());
        expires.ifPresent(time -> json.put("expires", UtcSeconds.format(time)));
        if (!limits.isEmpty()) {
            JsonObject.Builder values = JsonObject.builder();
            new TreeMap<>(limits).forEach(values::put);
            json.put("limits", values.build());
        }
        if (!caveats.isEmpty()) {
            json.put(
                    "caveats",
                    new JsonArray(caveats.stream().<JsonValue>map(Caveat::json).toList()));
        }
        return json.build();
    }
}
