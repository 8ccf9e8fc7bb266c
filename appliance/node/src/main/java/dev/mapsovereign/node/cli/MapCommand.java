package dev.mapsovereign.node.cli;

import java.util.List;
import picocli.CommandLine.Command;

/** The command itself: the list of verbs, in the order in which an operator meets them. */
@Command(
        name = "map",
        description = {
            "Runs and administers a MAP node: agent requests under law, without internet.",
            "Every decision of the node stands in a tamper-evident log before the caller is answered."
        },
        footer = {"", "Example:", "  map serve --config /etc/map/map.toml"})
final class MapCommand {
    /** The verbs, in the order of the help. */
    static final List<Class<?>> VERBS =
            List.of(
                    Serve.class,
                    Init.class,
                    Version.class,
                    Health.class,
                    ReloadVerb.class,
                    Batch.class,
                    Invoke.class,
                    MigrateVerbs.class,
                    TenantVerbs.class,
                    ApiKeyVerbs.class,
                    CapabilityVerbs.class,
                    DelegationVerbs.class,
                    TreatyVerbs.class,
                    PolicyVerbs.class,
                    RegistryVerbs.class,
                    CaVerbs.class,
                    KeysVerbs.class,
                    AuditVerbs.class,
                    Backup.class,
                    RestoreSite.class,
                    PluginVerbs.class,
                    EndpointVerbs.class,
                    TraceVerb.class,
                    LogVerbs.class,
                    ClockVerbs.class,
                    Expiry.class,
                    ProveSilence.class);
}
