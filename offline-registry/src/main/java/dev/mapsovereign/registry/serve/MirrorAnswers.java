package dev.mapsovereign.registry.serve;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonNull;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.base.time.UtcSeconds;
import dev.mapsovereign.registry.EntityStatus;
import dev.mapsovereign.registry.RegistryEntry;
import dev.mapsovereign.registry.RegistryMirror;
import dev.mapsovereign.registry.RegistryVersion;
import dev.mapsovereign.registry.SnapshotStatus;
import dev.mapsovereign.registry.document.OasDocument;
import dev.mapsovereign.registry.lineage.LineageVerdict;
import dev.mapsovereign.registry.snapshot.IssueDescription;
import dev.mapsovereign.registry.snapshot.Leaf;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * What the mirror says to each question, as bytes: DIF DID Resolution for {@code /1.0}, our own
 * form for {@code /v1}. Resolving is not trusting: a deactivated or revoked identity is answered
 * with its document and 410, and only {@code /v1/lineage} judges.
 */
final class MirrorAnswers {
    static final String RESOLUTION = "application/did-resolution";
    static final String JSON_LD = "application/did+ld+json";
    static final String JSON = "application/json";
    private static final String DID_JSON = "application/did+json";
    private static final String PROBLEM = "application/problem+json";

    private final RegistryMirror mirror;
    private final String version;

    MirrorAnswers(RegistryMirror mirror, String version) {
        this.mirror = mirror;
        this.version = version;
    }

    /** {@code GET /1.0/identifiers/{did}}; {@code accept} is empty when the caller has no wish. */
    MirrorAnswer resolution(String text, String accept) {
        Optional<String> wanted = mediaType(accept);
        if (wanted.isEmpty()) {
            return resolutionError(406, "representationNotSupported", "not acceptable: " + accept);
        }
        AgentDid did;
        try {
            did = AgentDid.parse(text);
        } catch (IllegalArgumentException e) {
            return resolutionError(400, "invalidDid", String.valueOf(e.getMessage()));
        }
        Optional<RegistryEntry> entry = mirror.resolve(did);
        if (entry.isEmpty()) {
            return resolutionError(404, "notFound", "no entry for " + did + " in this snapshot");
        }
        int status = entry.get().status() == EntityStatus.ACTIVE ? 200 : 410;
        if (wanted.get().equals(RESOLUTION)) {
            return tagged(status, RESOLUTION, resolutionResult(entry.get()), entry.get());
        }
        JsonValue document =
                entry.get().document().<JsonValue>map(OasDocument::json).orElse(JsonNull.INSTANCE);
        return tagged(status, wanted.get(), document, entry.get());
    }

    /** The first type of the caller's list that can be given; weights are not read. */
    private static Optional<String> mediaType(String accept) {
        if (accept.isBlank()) {
            return Optional.of(RESOLUTION);
        }
        for (String part : accept.split(",", 32)) {
            String type = part.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
            switch (type) {
                case RESOLUTION, JSON, "application/ld+json", "application/*", "*/*" -> {
                    return Optional.of(RESOLUTION);
                }
                case JSON_LD, DID_JSON -> {
                    return Optional.of(type);
                }
                default -> {
                    continue;
                }
            }
        }
        return Optional.empty();
    }

    private static JsonObject resolutionResult(RegistryEntry entry) {
        JsonObject.Builder metadata =
                JsonObject.builder()
                        .put("deactivated", entry.status() != EntityStatus.ACTIVE)
                        .put("status", entry.status().wire())
                        .put("versionId", Long.toString(entry.sequence()));
        entry.document()
                .flatMap(OasDocument::created)
                .ifPresent(time -> metadata.put("created", UtcSeconds.format(time)));
        entry.document()
                .flatMap(OasDocument::updated)
                .ifPresent(time -> metadata.put("updated", UtcSeconds.format(time)));
        entry.revocation()
                .ifPresent(it -> metadata.put("revokedAt", UtcSeconds.format(it.since())));
        return JsonObject.builder()
                .put(
                        "didDocument",
                        entry.document()
                                .<JsonValue>map(OasDocument::json)
                                .orElse(JsonNull.INSTANCE))
                .put("didDocumentMetadata", metadata.build())
                .put(
                        "didResolutionMetadata",
                        JsonObject.builder().put("contentType", JSON_LD).build())
                .build();
    }

    private static MirrorAnswer resolutionError(int status, String error, String message) {
        JsonObject body =
                JsonObject.builder()
                        .put("didDocument", JsonNull.INSTANCE)
                        .put("didDocumentMetadata", JsonObject.EMPTY)
                        .put(
                                "didResolutionMetadata",
                                JsonObject.builder()
                                        .put("error", error)
                                        .put("message", message)
                                        .build())
                        .build();
        return plain(status, RESOLUTION, body);
    }

    /** {@code GET /v1/entries/{did}}: the document with the proof that it is in the signed tree. */
    MirrorAnswer entry(String text) {
        return about(text, this::entry);
    }

    private MirrorAnswer entry(AgentDid did) {
        Optional<RegistryEntry> found = mirror.resolve(did);
        if (found.isEmpty()) {
            return absent(did);
        }
        RegistryEntry entry = found.get();
        JsonObject.Builder body =
                JsonObject.builder()
                        .put("did", did.text())
                        .put("status", entry.status().wire())
                        .put("sequence", entry.sequence())
                        .put("proof", entry.proof().json())
                        .put("snapshot", snapshotJson(entry.issue()));
        entry.document()
                .ifPresent(document ->
                        body.put("document", document.json())
                                .put("sha256", Hex.encode(document.digest())));
        entry.revocation()
                .ifPresent(it ->
                        body.put("revoked_at", UtcSeconds.format(it.since()))
                                .putIfPresent("reason", it.reason()));
        return tagged(entry.status() == EntityStatus.ACTIVE ? 200 : 410, JSON, body.build(), entry);
    }

    /** The answer about a DID, or that the text is none. */
    private static MirrorAnswer about(String text, Function<AgentDid, MirrorAnswer> answer) {
        AgentDid did;
        try {
            did = AgentDid.parse(text);
        } catch (IllegalArgumentException e) {
            return problem(
                    ErrorCode.MALFORMED_REQUEST, String.valueOf(e.getMessage()), JsonObject.EMPTY);
        }
        return answer.apply(did);
    }

    private MirrorAnswer absent(AgentDid did) {
        JsonObject details =
                mirror.absence(did)
                        .map(absence ->
                                JsonObject.builder()
                                        .put("absence", absence.proof().json())
                                        .put("snapshot", snapshotJson(absence.issue()))
                                        .build())
                        .orElse(JsonObject.EMPTY);
        return problem(ErrorCode.NOT_FOUND, "no entry for " + did + " in this snapshot", details);
    }

    /** {@code GET /v1/entries/{did}/versions}: what each kept snapshot says of it. */
    MirrorAnswer versions(String text) {
        return about(text, this::versions);
    }

    private MirrorAnswer versions(AgentDid did) {
        List<RegistryVersion> versions = mirror.versions(did);
        if (versions.isEmpty()) {
            return absent(did);
        }
        return plain(
                200,
                JSON,
                JsonObject.builder()
                        .put("did", did.text())
                        .put(
                                "versions",
                                new JsonArray(
                                        versions.stream().map(MirrorAnswers::versionJson).toList()))
                        .build());
    }

    private static JsonValue versionJson(RegistryVersion version) {
        Leaf leaf = version.proof().leaf();
        JsonObject.Builder json =
                JsonObject.builder()
                        .put("status", leaf.status().wire())
                        .put("sequence", leaf.sequence())
                        .put("served", version.served())
                        .put("proof", version.proof().json())
                        .put("snapshot", snapshotJson(version.issue()));
        if (leaf.hasDocument()) {
            json.put("sha256", Hex.encode(leaf.digest()));
        }
        return json.build();
    }

    private static JsonObject snapshotJson(IssueDescription issue) {
        return JsonObject.builder()
                .put("number", issue.number())
                .put("issued", UtcSeconds.format(issue.issued()))
                .put("tree_size", issue.treeSize())
                .put("tree_root", Hex.encode(issue.treeRoot()))
                .build();
    }

    /** {@code GET /v1/lineage/{did}}: the chain to the root and the judgement over it. */
    MirrorAnswer lineage(String text) {
        return about(text, this::lineage);
    }

    private MirrorAnswer lineage(AgentDid did) {
        LineageVerdict verdict = mirror.verify(did);
        if (verdict.revocationStatus() == LineageVerdict.RevocationStatus.UNKNOWN) {
            return absent(did);
        }
        List<JsonValue> chain = new ArrayList<>();
        verdict.chain().forEach(document -> chain.add(document.json()));
        return plain(
                200,
                JSON,
                JsonObject.builder()
                        .put("chain", new JsonArray(chain))
                        .put("verdict", verdict.json())
                        .build());
    }

    /** {@code GET /v1/health}: 200 while there is something to answer from, however old. */
    MirrorAnswer health() {
        SnapshotStatus status = mirror.status();
        String word =
                !status.isPresent()
                        ? "empty"
                        : status.expired() ? "expired" : status.stale() ? "stale" : "ok";
        JsonObject body =
                JsonObject.builder()
                        .put("status", word)
                        .put("version", version)
                        .put("registry", status.json())
                        .build();
        return plain(status.isPresent() ? 200 : 503, JSON, body);
    }

    static MirrorAnswer problem(ErrorCode code, String message, JsonObject details) {
        JsonObject body =
                JsonObject.builder()
                        .put("type", "urn:map:error:" + code.wire())
                        .put("title", code.title())
                        .put("status", code.status())
                        .put("code", code.wire())
                        .put("message", message)
                        .put("details", details)
                        .build();
        return plain(code.status(), PROBLEM, body);
    }

    private static MirrorAnswer plain(int status, String contentType, JsonValue body) {
        return new MirrorAnswer(status, contentType, CanonicalJson.encode(body), Optional.empty());
    }

    /**
     * Snapshot, revocations and form decide the bytes, so they make the tag. Only a 200 has one:
     * nobody should be told that what he keeps is still good when it is gone.
     */
    private static MirrorAnswer tagged(
            int status, String contentType, JsonValue body, RegistryEntry entry) {
        Optional<String> tag = Optional.empty();
        if (status == 200) {
            String form = contentType.substring(contentType.indexOf('/') + 1);
            String digest = Hex.encode(entry.proof().leaf().digest()).substring(0, 32);
            tag =
                    Optional.of(
                            "\""
                                    + entry.issue().number()
                                    + "-"
                                    + entry.revocationsNumber()
                                    + "-"
                                    + digest
                                    + "-"
                                    + form
                                    + "\"");
        }
        return new MirrorAnswer(status, contentType, CanonicalJson.encode(body), tag);
    }
}
