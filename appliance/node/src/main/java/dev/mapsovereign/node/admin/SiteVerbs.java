package dev.mapsovereign.node.admin;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.ca.CertificateAuthority;
import dev.mapsovereign.ca.CertificateProfile;
import dev.mapsovereign.ca.IssuedCertificate;
import dev.mapsovereign.ca.SigningRequest;
import dev.mapsovereign.ca.SubjectName;
import dev.mapsovereign.custody.KeyFiles;
import dev.mapsovereign.custody.KeyRole;
import dev.mapsovereign.engine.context.ApiKeys;
import dev.mapsovereign.migrations.Migrator;
import dev.mapsovereign.migrations.SchemaStatus;
import dev.mapsovereign.node.NodeCore;
import dev.mapsovereign.node.identity.SiteIdentities;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The site itself: first identities, certificates, schema. */
final class SiteVerbs {
    private SiteVerbs() {}

    static JsonObject init(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        TenantId tenant = Arguments.tenant(arguments);
        core.requireClock();
        Stream.of(KeyRole.LOG, KeyRole.DID).forEach(role -> core.keys().generate(role));
        core.tenants().create(tenant);
        SiteIdentities.Made made = core.identities().make(tenant);
        JsonObject.Builder facts =
                JsonObject.builder()
                        .put("tenant", tenant.value())
                        .put("origin", core.auditLog().origin(tenant))
                        .put("node_key", core.auditLog().nodeKey().vkey())
                        .put("node_key_fingerprint", core.auditLog().nodeKey().fingerprint())
                        .put("human_root", made.humanRoot().text())
                        .put("human_root_pin", made.humanRootPin())
                        .put("agent_did", made.clerk().text())
                        .put("second_agent_did", made.guest().text());
        Optional<ApiKeys.Created> clerk = firstKey(core, tenant, made.clerk(), "first agent");
        Optional<ApiKeys.Created> guest = firstKey(core, tenant, made.guest(), "second agent");
        clerk.ifPresent(key -> facts.put("api_key", key.text()));
        guest.ifPresent(key -> facts.put("second_api_key", key.text()));
        return facts.put("how_to_call", "MAP_API_KEY=… map invoke MAX health_check").build();
    }

    /** An agent that has a key already keeps it; a second run shows none, since none is kept. */
    private static Optional<ApiKeys.Created> firstKey(
            NodeCore core,
            TenantId tenant,
            dev.mapsovereign.base.identity.AgentDid did,
            String label) {
        if (core.apiKeys().tenantsOf(did).contains(tenant)) {
            return Optional.empty();
        }
        return Optional.of(TenantVerbs.makeKey(core, tenant, did, label, Optional.empty()));
    }

    static JsonObject generateKeys(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        List<JsonValue> made =
                Arguments.texts(arguments, "roles").stream()
                        .flatMap(SiteVerbs::roles)
                        .<JsonValue>map(role -> keyFacts(core.keys().generate(role)))
                        .toList();
        return JsonObject.builder().put("keys", new JsonArray(made)).build();
    }

    static JsonObject inspectKeys(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        List<JsonValue> known =
                Stream.of(KeyRole.values())
                        .flatMap(role ->
                                Stream.concat(
                                        core.keys().info(role).stream(),
                                        core.keys().nextInfo(role).stream()))
                        .<JsonValue>map(SiteVerbs::keyFacts)
                        .toList();
        return JsonObject.builder().put("keys", new JsonArray(known)).build();
    }

    /** {@code registry} stands for its four roles. */
    private static Stream<KeyRole> roles(String name) {
        if (name.equals("registry")) {
            return Stream.of(
                    KeyRole.REGISTRY_ROOT,
                    KeyRole.REGISTRY_TARGETS,
                    KeyRole.REGISTRY_SNAPSHOT,
                    KeyRole.REGISTRY_TIMESTAMP);
        }
        try {
            return Stream.of(KeyRole.of(name));
        } catch (IllegalArgumentException e) {
            throw new OperatorException(
                    ExitCode.USAGE,
                    "no key role '" + name + "'",
                    "there are: registry, "
                            + String.join(
                                    ", ", Stream.of(KeyRole.values()).map(KeyRole::text).toList()));
        }
    }

    private static JsonObject keyFacts(KeyFiles.KeyInfo info) {
        return JsonObject.builder()
                .put("role", info.role().text())
                .put("file", info.file().toString())
                .put("created_at", info.createdAt().toString())
                .put("public_key", Hex.encode(info.publicKey()))
                .put("created", info.created())
                .build();
    }

    static JsonObject initCa(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        core.requireClock();
        boolean existed = CertificateAuthority.exists(core.config().folders().ca());
        CertificateAuthority authority =
                CertificateAuthority.initQuick(
                        core.config().folders().ca(),
                        usage(() ->
                                new CertificateAuthority.Founding(
                                        Arguments.text(arguments, "organization"),
                                        names(arguments),
                                        core.config().folders().caPassphrase())),
                        core.auditLog(),
                        core.clock());
        return caFacts(authority)
                .with("created", new dev.mapsovereign.base.json.JsonBoolean(!existed))
                .with(
                        "root_passphrase_file",
                        new dev.mapsovereign.base.json.JsonString(
                                core.config().folders().caPassphrase().toString()));
    }

    static JsonObject caStatus(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        return caFacts(core.certificateAuthority());
    }

    private static JsonObject caFacts(CertificateAuthority authority) {
        List<JsonValue> dates =
                authority.status().stream()
                        .<JsonValue>map(expiry ->
                                JsonObject.builder()
                                        .put("not_after", expiry.notAfter().toString())
                                        .put("what", expiry.what())
                                        .put("file", expiry.file().toString())
                                        .build())
                        .toList();
        return JsonObject.builder()
                .put("root", authority.rootFile().toString())
                .put("certificates", new JsonArray(dates))
                .build();
    }

    static JsonObject issue(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        core.requireClock();
        CertificateProfile profile = Arguments.parsed(arguments, "profile", CertificateProfile::of);
        CertificateAuthority authority = core.certificateAuthority();
        List<SubjectName> names = usage(() -> names(arguments));
        requireInBounds(authority, profile, names);
        Optional<SigningRequest> request =
                arguments.text("csr").map(pem -> usage(() -> SigningRequest.parse(pem)));
        if (profile.names().contains(SubjectName.Kind.DID) && request.isEmpty()) {
            throw new OperatorException(
                    ExitCode.USAGE,
                    "a certificate by profile " + profile.name() + " is for a key that its DID has",
                    "openssl req -new -key agent.pem -subj / -out agent.csr, then --csr agent.csr");
        }
        IssuedCertificate issued =
                usage(() ->
                        request.isPresent()
                                ? authority.issue(profile, names, request.get())
                                : authority.issue(profile, names));
        Path out = Arguments.path(arguments, "out");
        CertificateAuthority.install(issued, out);
        return issued.facts()
                .with("out", new dev.mapsovereign.base.json.JsonString(out.toString()));
    }

    private static void requireInBounds(
            CertificateAuthority authority, CertificateProfile profile, List<SubjectName> names) {
        List<SubjectName> outside = authority.outOfBounds(profile, names);
        if (!outside.isEmpty()) {
            throw new OperatorException(
                    ExitCode.USAGE,
                    outside.getFirst().text()
                            + " lies outside the names that this site's authority may certify",
                    "openssl x509 -noout -ext nameConstraints -in "
                            + authority.rootFile().resolveSibling(profile.issuer() + ".pem")
                            + " shows them; for others a new authority is needed");
        }
    }

    private static List<SubjectName> names(JsonObject arguments) {
        return Arguments.texts(arguments, "names").stream().map(SubjectName::parse).toList();
    }

    private static <T> T usage(java.util.function.Supplier<T> work) {
        try {
            return work.get();
        } catch (IllegalArgumentException e) {
            throw new OperatorException(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
        }
    }

    static JsonObject migrateStatus(
            NodeCore core, JsonObject arguments, Consumer<String> progress) {
        return schema(new Migrator(core.database()).status());
    }

    static JsonObject migrateApply(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        return schema(
                new Migrator(core.database())
                        .apply((migration, number, total) ->
                                progress.accept(
                                        "applying "
                                                + migration
                                                + " ("
                                                + number
                                                + " of "
                                                + total
                                                + ")")));
    }

    static JsonObject migrateVerify(
            NodeCore core, JsonObject arguments, Consumer<String> progress) {
        return schema(new Migrator(core.database()).verify());
    }

    private static JsonObject schema(SchemaStatus status) {
        List<JsonValue> versions =
                status.entries().stream()
                        .<JsonValue>map(entry ->
                                JsonObject.builder()
                                        .put("migration", entry.toString())
                                        .put("state", entry.state().name().toLowerCase(Locale.ROOT))
                                        .putIfPresent(
                                                "applied_at",
                                                entry.appliedAt().map(Object::toString))
                                        .build())
                        .toList();
        return JsonObject.builder()
                .put("version", status.in(SchemaStatus.State.APPLIED).size())
                .put("current", status.isCurrent())
                .put("migrations", new JsonArray(versions))
                .build();
    }
}
