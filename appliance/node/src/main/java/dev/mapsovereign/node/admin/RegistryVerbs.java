package dev.mapsovereign.node.admin;

import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.JsonBoolean;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.custody.KeyRole;
import dev.mapsovereign.node.NodeCore;
import dev.mapsovereign.registry.ImportReport;
import dev.mapsovereign.registry.PublishReport;
import dev.mapsovereign.registry.RegistryPublisher;
import dev.mapsovereign.registry.SigningKey;
import dev.mapsovereign.registry.tuf.MetadataKey;
import dev.mapsovereign.registry.tuf.RoleKeys;
import dev.mapsovereign.registry.tuf.RoleName;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** The registry mirror, and the publisher's side where a site makes its own registry. */
final class RegistryVerbs {
    private static final Map<RoleName, KeyRole> KEYS =
            Map.of(
                    RoleName.ROOT, KeyRole.REGISTRY_ROOT,
                    RoleName.TARGETS, KeyRole.REGISTRY_TARGETS,
                    RoleName.SNAPSHOT, KeyRole.REGISTRY_SNAPSHOT,
                    RoleName.TIMESTAMP, KeyRole.REGISTRY_TIMESTAMP);

    /** Changes that one answer lists. */
    private static final long DIFF_LISTED_MAX = 10_000;

    private RegistryVerbs() {}

    /** Makes the next snapshot from a folder of documents, and puts it on a medium. */
    static JsonObject create(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        Path documents = Arguments.path(arguments, "from");
        Path medium = Arguments.path(arguments, "to");
        core.requireClock();
        Map<RoleName, Secret> seeds = new LinkedHashMap<>();
        try {
            KEYS.forEach((role, key) -> seeds.put(role, core.keys().seed(key)));
            return create(core, documents, medium, signers(core, seeds));
        } finally {
            seeds.values().forEach(Secret::close);
        }
    }

    private static Map<RoleName, SigningKey> signers(NodeCore core, Map<RoleName, Secret> seeds) {
        Map<RoleName, SigningKey> signers = new LinkedHashMap<>();
        seeds.forEach((role, seed) -> signers.put(role, SigningKey.ofSeed(seed, core.ed25519())));
        return signers;
    }

    private static JsonObject create(
            NodeCore core, Path documents, Path medium, Map<RoleName, SigningKey> signers) {
        RegistryPublisher publisher =
                new RegistryPublisher(
                        core.config().folders().publisher(), core.ed25519(), core.clock());
        if (!publisher.hasRoot()) {
            Map<RoleName, RoleKeys> roles = new LinkedHashMap<>();
            signers.forEach((role, key) ->
                    roles.put(role, new RoleKeys(List.of(MetadataKey.of(key.publicKey())), 1)));
            publisher.signRoot(
                    RegistryPublisher.firstRoot(roles, core.clock().instant()),
                    List.of(Optional.ofNullable(signers.get(RoleName.ROOT)).orElseThrow()));
        }
        Map<RoleName, List<SigningKey>> each = new LinkedHashMap<>();
        signers.forEach((role, key) -> {
            if (role != RoleName.ROOT) {
                each.put(role, List.of(key));
            }
        });
        PublishReport report =
                publisher.issue(
                        new RegistryPublisher.IssueOrder(
                                documents,
                                Optional.empty(),
                                each,
                                RegistryPublisher.VALIDITY_DEFAULT));
        publisher.exportTo(medium);
        return report.json()
                .with("to", new JsonString(medium.toString()))
                .with("root_file", new JsonString(publisher.rootFile().toString()));
    }

    static JsonObject importSnapshot(
            NodeCore core, JsonObject arguments, Consumer<String> progress) {
        Path medium = Arguments.path(arguments, "from");
        core.requireClock();
        return core.registry().importFrom(medium).json();
    }

    /** Verifies a medium as an import would, or, without one, what the mirror serves. */
    static JsonObject verify(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        if (arguments.has("from")) {
            core.requireClock();
            ImportReport report = core.registry().check(Arguments.path(arguments, "from"));
            return report.json()
                    .without("changed")
                    .with("would_change", JsonBoolean.of(report.changed()));
        }
        long leaves = core.registry().verifyStore();
        return JsonObject.builder()
                .put("snapshot", core.registry().status().number())
                .put("verified", leaves)
                .build();
    }

    static JsonObject export(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        Path medium = Arguments.path(arguments, "to");
        long bytes = core.registry().exportTo(medium);
        return JsonObject.builder()
                .put("snapshot", core.registry().status().newest())
                .put("to", medium.toString())
                .put("bytes_written", bytes)
                .build();
    }

    /** Serves the documents of another snapshot that is kept. */
    static JsonObject rollback(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        long number = number(arguments, "snapshot");
        boolean dryRun = arguments.bool("dry_run").orElse(false);
        long before = core.registry().status().number();
        if (dryRun) {
            core.registry().requireKept(number);
        } else if (number != before) {
            core.registry().rollback(number);
        }
        return JsonObject.builder()
                .put("served_before", before)
                .put("snapshot", number)
                .put("newest", core.registry().status().newest())
                .put("changed", !dryRun && number != before)
                .put("dry_run", dryRun)
                .build();
    }

    static JsonObject diff(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        long limit = number(arguments, "limit");
        if (limit < 0 || limit > DIFF_LISTED_MAX) {
            throw new OperatorException(
                    ExitCode.USAGE, "--limit is 0 to " + DIFF_LISTED_MAX + ", not " + limit);
        }
        return core.registry()
                .diff(number(arguments, "from"), number(arguments, "to"), (int) limit)
                .json();
    }

    private static long number(JsonObject arguments, String name) {
        return arguments
                .integer(name)
                .orElseThrow(() ->
                        new OperatorException(ExitCode.USAGE, "'" + name + "' is not a number"));
    }

    static JsonObject status(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        return core.registry().status().json();
    }

    static JsonObject resolve(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        AgentDid did = Arguments.did(arguments);
        JsonObject verdict = core.registry().verify(did).json();
        return core.registry()
                .resolve(did)
                .flatMap(entry -> entry.document())
                .map(document -> verdict.with("document", document.json()))
                .orElse(verdict);
    }
}
