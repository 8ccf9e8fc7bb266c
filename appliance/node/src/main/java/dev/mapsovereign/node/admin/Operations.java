package dev.mapsovereign.node.admin;

import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.engine.module.OperationSpec;
import dev.mapsovereign.engine.route.ExternalRoute;
import dev.mapsovereign.node.NodeCore;
import dev.mapsovereign.plugin.LoadedPlugin;
import dev.mapsovereign.plugin.PluginHost;
import dev.mapsovereign.protocols.NativeModules;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What this node serves, for verbs that also work without one. */
final class Operations {
    private Operations() {}

    /** That operation; plugins are loaded only where nobody else serves it. */
    static Optional<OperationSpec> find(NodeCore core, CapabilityName name) {
        return Optional.ofNullable(builtIn(core).get(name))
                .or(() -> Optional.ofNullable(of(core).get(name)));
    }

    /** Every operation by the capability that it needs: native, of plugins and remote. */
    static Map<CapabilityName, OperationSpec> of(NodeCore core) {
        Map<CapabilityName, OperationSpec> operations = builtIn(core);
        try (PluginHost host = PluginHost.open(core.config().plugins(), core.ed25519(), _ -> {})) {
            host.plugins().values().forEach(plugin -> add(plugin, operations));
        }
        return operations;
    }

    private static Map<CapabilityName, OperationSpec> builtIn(NodeCore core) {
        Map<CapabilityName, OperationSpec> operations = new HashMap<>();
        NativeModules.operations()
                .forEach((protocol, specs) ->
                        specs.forEach(spec ->
                                operations.put(CapabilityName.of(protocol, spec.name()), spec)));
        for (ExternalRoute external : core.config().engine().externals()) {
            external.operations()
                    .forEach(spec ->
                            operations.put(
                                    CapabilityName.of(external.protocol(), spec.name()), spec));
        }
        return operations;
    }

    private static void add(LoadedPlugin plugin, Map<CapabilityName, OperationSpec> operations) {
        String protocol = plugin.manifest().protocol();
        plugin.schemas()
                .forEach((name, schemas) ->
                        operations.put(
                                CapabilityName.of(protocol, name),
                                OperationSpec.of(name, schemas.request(), schemas.response())));
    }
}
