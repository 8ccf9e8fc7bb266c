package dev.mapsovereign.protocols.oas;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.module.ModuleRefusal;
import dev.mapsovereign.protocols.testing.Caller;
import dev.mapsovereign.protocols.testing.Registry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OasModuleTest {
    @TempDir private Path folder;

    private Registry registry;

    @BeforeEach
    void openRegistry() throws IOException {
        registry = new Registry(folder);
    }

    @AfterEach
    void closeRegistry() {
        registry.close();
    }

    private Caller caller() {
        return new Caller(
                new OasModule(registry.mirror),
                TenantId.of("acme"),
                Optional.of(registry.scout.did()));
    }

    private static String asking(AgentDid did) {
        return "{'did':'" + did + "'}";
    }

    @Test
    void resolve_answersTheDocumentAndItsSnapshot() throws ModuleRefusal {
        JsonObject answer = caller().call("resolve", asking(registry.scout.did()));

        assertThat(answer.object("document")).contains(registry.scout.json());
        assertThat(answer.text("status")).contains("active");
        assertThat(answer.integer("snapshot")).hasValue(1);
        assertThat(answer.bool("snapshot_expired")).contains(false);
    }

    @Test
    void resolve_revoked_answersItAllTheSame_andSaysSo() throws Exception {
        registry.revoke(registry.helper.did());

        JsonObject answer = caller().call("resolve", asking(registry.helper.did()));
        assertThat(answer.text("status")).contains("revoked");
        assertThat(answer.text("revoked_since")).contains("2026-01-31T00:00:00Z");
        assertThat(answer.text("revocation_reason")).contains("key lost");
        assertThat(answer.integer("snapshot")).hasValue(2);
    }

    @Test
    void resolve_pastTheSnapshotsDate_saysSo() throws ModuleRefusal {
        registry.clock.advance(Duration.ofDays(36));

        JsonObject answer = caller().call("resolve", asking(registry.scout.did()));
        assertThat(answer.bool("snapshot_expired")).contains(true);
        assertThat(answer.integer("snapshot_age_s")).hasValue(Duration.ofDays(36).toSeconds());
    }

    @Test
    void resolve_unknown_isNotFound() {
        assertThat(caller().refusal("resolve", "{'did':'did:oas:acme:agent:nobody'}").code())
                .isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void resolve_malformed_isInvalid() {
        assertThat(caller().refusal("resolve", "{'did':'did:oas:acme:dragon:x'}").code())
                .isEqualTo(ErrorCode.INVALID_PAYLOAD);
    }

    @Test
    void lineage_walksToThePinnedHuman() throws ModuleRefusal {
        JsonObject answer = caller().call("lineage", asking(registry.scout.did()));

        assertThat(answer.bool("valid")).contains(true);
        assertThat(answer.text("human_root")).contains(registry.alice.did().text());
        assertThat(answer.integer("depth")).hasValue(2);
        assertThat(answer.array("chain"))
                .contains(
                        Caller.json(
                                        "{'chain':[{'did':'%s','kind':'agent'},{'did':'%s','kind':'enr'},{'did':'%s','kind':'hmr'}]}"
                                                .formatted(
                                                        registry.scout.did(),
                                                        registry.acme.did(),
                                                        registry.alice.did()))
                                .array("chain")
                                .orElseThrow());
    }

    @Test
    void lineage_withDocuments_carriesThem() throws ModuleRefusal {
        JsonObject answer =
                caller().call(
                                "lineage",
                                "{'did':'" + registry.acme.did() + "','include_documents':true}");

        JsonObject first = (JsonObject) answer.array("chain").orElseThrow().values().getFirst();
        assertThat(first.object("document")).contains(registry.acme.json());
    }

    @Test
    void lineage_ofARootThatNobodyPinned_isNotValid() throws ModuleRefusal {
        JsonObject answer = caller().call("lineage", asking(registry.mallory.did()));

        assertThat(answer.bool("valid")).contains(false);
        assertThat(answer.object("fault").flatMap(fault -> fault.text("kind")))
                .contains("root_not_pinned");
    }

    @Test
    void lineage_belowARevokedAncestor_isNotValid() throws Exception {
        registry.revoke(registry.acme.did());

        JsonObject answer = caller().call("lineage", asking(registry.scout.did()));
        assertThat(answer.bool("valid")).contains(false);
        assertThat(answer.object("fault").flatMap(fault -> fault.text("kind")))
                .contains("ancestor_revoked");
    }

    @Test
    void capabilities_declaredBeyondTheAncestors_doNotCount() throws ModuleRefusal {
        JsonObject answer = caller().call("capabilities", asking(registry.scout.did()));

        assertThat(answer.array("declared").orElseThrow().toString())
                .isEqualTo("[{\"name\":\"map.max.audit_query\"},{\"name\":\"map.oas.resolve\"}]");
        assertThat(answer.array("effective").orElseThrow().toString())
                .isEqualTo("[{\"name\":\"map.max.audit_query\"}]");
    }
}
