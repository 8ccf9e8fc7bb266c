package dev.mapsovereign.node.admin;

import dev.mapsovereign.auditlog.Intent;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonBoolean;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.engine.agreement.Agreements;
import dev.mapsovereign.engine.agreement.Delegation;
import dev.mapsovereign.engine.agreement.SignedText;
import dev.mapsovereign.engine.agreement.Treaty;
import dev.mapsovereign.engine.capability.CapabilitySet;
import dev.mapsovereign.node.NodeCore;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Delegations and treaties; taking and ending one leaves a record in the chain of each tenant of
 * this site that is party to it.
 */
final class AgreementVerbs {
    private AgreementVerbs() {}

    static JsonObject importDelegation(
            NodeCore core, JsonObject arguments, Consumer<String> progress) {
        Delegation delegation = parsed(() -> Delegation.parse(text(arguments)));
        TenantId tenant = TenantVerbs.requireTenant(core, delegation.tenant());
        core.requireClock();
        Agreements.Held<Delegation> looked = parsed(() -> core.agreements().look(delegation));
        requireNoMore(core, delegation);
        if (arguments.bool("dry_run").orElse(false)) {
            return facts(looked).with("dry_run", JsonBoolean.TRUE);
        }
        Intent intent = core.auditLog().begin(draft(tenant, delegation, "importing", ""));
        Agreements.Taken<Delegation> taken = parsed(() -> core.agreements().take(delegation));
        intent.complete(
                draft(tenant, delegation, taken.fresh() ? "imported" : "imported_again", ""));
        return facts(taken.held());
    }

    /** No amplification: nobody gives what he does not hold, and may pass on, at this moment. */
    private static void requireNoMore(NodeCore core, Delegation delegation) {
        CapabilitySet held =
                core.capabilitySources().of(delegation.tenant(), delegation.delegator());
        Instant now = core.clock().instant();
        for (Capability given : delegation.capabilities()) {
            Optional<String> obstacle = held.obstacleToDelegating(given, now);
            if (obstacle.isPresent()) {
                throw new OperatorException(
                        ExitCode.FAILED,
                        delegation.delegator()
                                + " cannot give "
                                + given.name()
                                + ": "
                                + obstacle.get(),
                        "see: map capability explain");
            }
        }
    }

    static JsonObject listDelegations(
            NodeCore core, JsonObject arguments, Consumer<String> progress) {
        TenantId tenant = TenantVerbs.requireTenant(core, Arguments.tenant(arguments));
        List<JsonValue> rows = new ArrayList<>();
        core.agreements().delegations(tenant).forEach(held -> rows.add(facts(held)));
        return JsonObject.builder().put("delegations", new JsonArray(rows)).build();
    }

    static JsonObject endDelegation(
            NodeCore core, JsonObject arguments, Consumer<String> progress) {
        String id = Arguments.text(arguments, "id");
        String reason = Arguments.text(arguments, "reason");
        Agreements.Held<Delegation> held =
                core.agreements()
                        .endDelegation(id, reason)
                        .orElseThrow(() -> absent("delegation", id));
        // Ending must work even where no record can be written; the record follows at once.
        core.auditLog().append(draft(held.terms().tenant(), held.terms(), "ended", held.reason()));
        return facts(held);
    }

    static JsonObject importTreaty(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        Treaty treaty = parsed(() -> Treaty.parse(text(arguments)));
        core.requireClock();
        List<TenantId> here = here(core, treaty);
        if (here.isEmpty()) {
            throw new OperatorException(
                    ExitCode.FAILED,
                    "neither "
                            + treaty.parties().getFirst().tenant()
                            + " nor "
                            + treaty.parties().getLast().tenant()
                            + " is a tenant of this site",
                    "see: map tenant list");
        }
        Agreements.Held<Treaty> looked = parsed(() -> core.agreements().look(treaty));
        if (arguments.bool("dry_run").orElse(false)) {
            return factsOf(looked).with("dry_run", JsonBoolean.TRUE);
        }
        List<Intent> intents =
                here.stream()
                        .map(tenant ->
                                core.auditLog().begin(draft(tenant, treaty, "importing", "")))
                        .toList();
        Agreements.Taken<Treaty> taken = parsed(() -> core.agreements().take(treaty));
        String change = taken.fresh() ? "imported" : "imported_again";
        for (int i = 0; i < intents.size(); i++) {
            intents.get(i).complete(draft(here.get(i), treaty, change, ""));
        }
        return factsOf(taken.held());
    }

    static JsonObject listTreaties(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        List<JsonValue> rows = new ArrayList<>();
        core.agreements().treaties().forEach(held -> rows.add(factsOf(held)));
        return JsonObject.builder().put("treaties", new JsonArray(rows)).build();
    }

    static JsonObject showTreaty(NodeCore core, JsonObject arguments, Consumer<String> progress) {
        String id = Arguments.text(arguments, "id");
        Agreements.Held<Treaty> held =
                core.agreements().treaties().stream()
                        .filter(each -> each.terms().id().equals(id))
                        .findFirst()
                        .orElseThrow(() -> absent("treaty", id));
        return factsOf(held).with("document", held.terms().text().json());
    }

    static JsonObject terminateTreaty(
            NodeCore core, JsonObject arguments, Consumer<String> progress) {
        String id = Arguments.text(arguments, "id");
        String reason = Arguments.text(arguments, "reason");
        Agreements.Held<Treaty> held =
                core.agreements().endTreaty(id, reason).orElseThrow(() -> absent("treaty", id));
        for (TenantId tenant : here(core, held.terms())) {
            core.auditLog().append(draft(tenant, held.terms(), "terminated", held.reason()));
        }
        return factsOf(held);
    }

    private static List<TenantId> here(NodeCore core, Treaty treaty) {
        return treaty.parties().stream()
                .map(Treaty.Party::tenant)
                .filter(tenant -> core.tenants().find(tenant.value()).isPresent())
                .toList();
    }

    private static SignedText text(JsonObject arguments) {
        return SignedText.parse(
                Arguments.text(arguments, "document").getBytes(StandardCharsets.UTF_8));
    }

    private static <T> T parsed(Supplier<T> work) {
        try {
            return work.get();
        } catch (IllegalArgumentException e) {
            throw new OperatorException(
                    e instanceof Agreements.NotSignedException
                            ? ExitCode.TAMPERING
                            : ExitCode.FAILED,
                    String.valueOf(e.getMessage()),
                    e);
        }
    }

    private static OperatorException absent(String what, String id) {
        return new OperatorException(ExitCode.FAILED, "there is no " + what + " " + id + " here");
    }

    private static JsonObject facts(Agreements.Held<Delegation> held) {
        Delegation terms = held.terms();
        return state(held)
                .put("id", terms.id())
                .put("tenant", terms.tenant().value())
                .put("delegator", terms.delegator().text())
                .put("delegate", terms.delegate().text())
                .put("capabilities", names(terms.capabilities()))
                .put("may_delegate", terms.mayDelegate())
                .put("expires_at", terms.expiresAt().toString())
                .build();
    }

    private static JsonObject factsOf(Agreements.Held<Treaty> held) {
        Treaty terms = held.terms();
        JsonObject.Builder json =
                state(held)
                        .put("id", terms.id())
                        .put("sha256", terms.text().digest())
                        .put("effective_from", terms.effectiveFrom().toString())
                        .put("expires_at", terms.expiresAt().toString());
        for (Treaty.Party party : terms.parties()) {
            json.put(
                    "granted_to_" + party.tenant(),
                    names(terms.grants().getOrDefault(party.tenant(), List.of())));
        }
        return json.build();
    }

    private static JsonObject.Builder state(Agreements.Held<?> held) {
        JsonObject.Builder json =
                JsonObject.builder()
                        .put("holds", held.problem().isEmpty())
                        .putIfPresent("problem", held.problem())
                        .put("imported_at", held.importedAt().toString())
                        .putIfPresent("ended_at", held.endedAt().map(Instant::toString));
        if (!held.reason().isEmpty()) {
            json.put("reason", held.reason());
        }
        return json;
    }

    private static JsonArray names(List<Capability> capabilities) {
        return JsonArray.ofStrings(
                capabilities.stream().map(capability -> capability.name().value()).toList());
    }

    private static AuditDraft draft(
            TenantId tenant, Delegation delegation, String change, String reason) {
        return draft(
                tenant,
                JsonObject.builder()
                        .put("change", change)
                        .put("delegation", delegation.id())
                        .put("did", delegation.delegate().text())
                        .put("delegator", delegation.delegator().text())
                        .put("capabilities", names(delegation.capabilities()))
                        .put("expires_at", delegation.expiresAt().toString())
                        .put("reason", reason)
                        .build());
    }

    private static AuditDraft draft(TenantId tenant, Treaty treaty, String change, String reason) {
        JsonObject.Builder meta =
                JsonObject.builder()
                        .put("change", change)
                        .put("treaty", treaty.id())
                        .put("treaty_sha256", treaty.text().digest())
                        .put("expires_at", treaty.expiresAt().toString())
                        .put("reason", reason);
        treaty.parties().stream()
                .filter(party -> !party.tenant().equals(tenant))
                .forEach(party ->
                        meta.put("with", party.tenant().value())
                                .put(
                                        "capabilities",
                                        names(
                                                treaty.grants()
                                                        .getOrDefault(party.tenant(), List.of()))));
        return draft(tenant, meta.build());
    }

    private static AuditDraft draft(TenantId tenant, JsonObject meta) {
        return AuditDraft.builder(tenant, EventType.CAPABILITY_GRANT, AuditOutcome.SUCCESS)
                .meta(meta)
                .build();
    }
}
