package dev.mapsovereign.engine.route;

import dev.mapsovereign.engine.balance.EndpointPool;
import dev.mapsovereign.engine.module.OperationSpec;
import dev.mapsovereign.engine.module.ProtocolVersion;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One implementation of one protocol in one version, and where it runs.
 *
 * @param protocol canonical name, {@code [A-Z][A-Z0-9_-]{0,31}}
 * @param version version of the implementation
 * @param operations what it offers, by name, in the order of its declaration
 * @param target which tier it is
 * @param pool its endpoints; one that stands for this process where it runs here
 */
public record Route(
        String protocol,
        ProtocolVersion version,
        Map<String, Operation> operations,
        RouteTarget target,
        EndpointPool pool) {
    private static final Pattern PROTOCOL = Pattern.compile("[A-Z][A-Z0-9_-]{0,31}");

    /** Refuses a malformed protocol name; keeps the operations' order. */
    public Route {
        if (!PROTOCOL.matcher(protocol).matches()) {
            throw new IllegalArgumentException(
                    "a protocol's name is upper case, such as MAX; not " + protocol);
        }
        operations = new LinkedHashMap<>(operations);
    }

    /** A route whose operations are compiled here. */
    public static Route of(
            String protocol,
            ProtocolVersion version,
            Collection<OperationSpec> specs,
            RouteTarget target,
            EndpointPool pool) {
        Map<String, Operation> operations = new LinkedHashMap<>();
        for (OperationSpec spec : specs) {
            if (operations.put(spec.name(), Operation.of(protocol, spec)) != null) {
                throw new IllegalArgumentException(
                        protocol + " declares the operation " + spec.name() + " twice");
            }
        }
        return new Route(protocol, version, operations, target, pool);
    }

    /** The operation of that name. */
    public Optional<Operation> operation(String name) {
        return Optional.ofNullable(operations.get(name));
    }
}
