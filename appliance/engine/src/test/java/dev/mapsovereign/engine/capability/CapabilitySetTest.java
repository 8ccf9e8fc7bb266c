package dev.mapsovereign.engine.capability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.identity.CapabilityName;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CapabilitySetTest {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

    private static CapabilityName name(String text) {
        return new CapabilityName(text);
    }

    private static CapabilitySet.Entry granted(String text, Instant since) {
        return new CapabilitySet.Entry(Capability.of(text), since, "granted");
    }

    private static CapabilitySet.Entry declaredUntilNow(String text) {
        return new CapabilitySet.Entry(
                new Capability(name(text), Optional.of(NOW), Map.of(), List.of()),
                Instant.MIN,
                "declared");
    }

    @ParameterizedTest
    @CsvSource({
        "map.max.audit_query,   map.max.audit_query,        true",
        "map.max.*,             map.max.audit_query,        true",
        "map.*.*,               map.max.audit_query,        true",
        "map.maestro.*,         map.maestro.charter.declare,true",
        "map.max.audit_query,   map.max.audit_log_entry,    false",
        "map.max.*,             map.macs.audit_query,       false",
        "map.maxi.*,            map.max.audit_query,        false",
        "map.max.audit,         map.max.audit_query,        false",
        "map.maestro.charter,   map.maestro.charter.declare,false"
    })
    void allows_byPattern(String held, String wanted, boolean allowed) {
        assertThat(CapabilitySet.of(name(held)).allows(name(wanted), NOW)).isEqualTo(allowed);
    }

    @Test
    void allows_nothingHeld_isFalse() {
        assertThat(CapabilitySet.NOTHING.allows(name("map.max.audit_query"), NOW)).isFalse();
    }

    @Test
    void allows_atItsExpiry_isOver() {
        CapabilitySet set = new CapabilitySet(List.of(declaredUntilNow("map.max.*")), List.of());

        assertThat(set.allows(name("map.max.audit_query"), NOW.minusNanos(1))).isTrue();
        assertThat(set.allows(name("map.max.audit_query"), NOW)).isFalse();
        assertThat(set.entries(NOW)).isEmpty();
    }

    @Test
    void allows_sameNameTwice_theOneStillValidCounts() {
        CapabilitySet set =
                new CapabilitySet(
                        List.of(
                                declaredUntilNow("map.max.*"),
                                granted("map.max.*", NOW.minusSeconds(9))),
                        List.of());

        assertThat(set.allows(name("map.max.audit_query"), NOW)).isTrue();
    }

    @Test
    void allows_revokedInsideAWildcard_isAHole() {
        CapabilitySet set =
                new CapabilitySet(
                        List.of(granted("map.*.*", NOW.minusSeconds(9))),
                        List.of(
                                new CapabilitySet.Revocation(
                                        name("map.max.audit_query"), NOW.minusSeconds(5))));

        assertThat(set.allows(name("map.max.audit_query"), NOW)).isFalse();
        assertThat(set.allows(name("map.max.audit_log_entry"), NOW)).isTrue();
    }

    @Test
    void allows_grantedAgainAfterItsRevocation_isTrue() {
        CapabilitySet.Revocation revocation =
                new CapabilitySet.Revocation(name("map.max.*"), NOW.minusSeconds(5));
        CapabilitySet older =
                new CapabilitySet(
                        List.of(granted("map.max.audit_query", NOW.minusSeconds(5))),
                        List.of(revocation));
        CapabilitySet younger =
                new CapabilitySet(
                        List.of(granted("map.max.audit_query", NOW.minusSeconds(4))),
                        List.of(revocation));

        assertThat(older.allows(name("map.max.audit_query"), NOW)).isFalse();
        assertThat(younger.allows(name("map.max.audit_query"), NOW)).isTrue();
        assertThat(younger.allows(name("map.max.health_check"), NOW)).isFalse();
    }

    private static final CapabilityAliases READ =
            new CapabilityAliases(
                    Map.of(
                            "map.max.read",
                            List.of(name("map.max.audit_query"), name("map.max.a.b"))));

    @Test
    void allows_alias_isWhatItStandsForAndNothingElse() {
        CapabilitySet set =
                new CapabilitySet(
                        List.of(granted("map.max.read", NOW.minusSeconds(9))), List.of(), READ);

        assertThat(set.allows(name("map.max.audit_query"), NOW)).isTrue();
        assertThat(set.allows(name("map.max.a.b"), NOW)).isTrue();
        assertThat(set.allows(name("map.max.audit_log_entry"), NOW)).isFalse();
        assertThat(set.entries(NOW))
                .extracting(CapabilitySet.Entry::name)
                .containsExactly(name("map.max.read"));
        assertThat(set.covering(name("map.max.a.b"))).hasSize(1);
    }

    @Test
    void allows_aliasOrOneOfItsOperationsRevoked_isTakenAway() {
        CapabilitySet.Entry held = granted("map.max.read", NOW.minusSeconds(9));
        CapabilitySet one =
                new CapabilitySet(
                        List.of(held),
                        List.of(new CapabilitySet.Revocation(name("map.max.a.b"), NOW)),
                        READ);
        assertThat(one.allows(name("map.max.a.b"), NOW)).isFalse();
        assertThat(one.allows(name("map.max.audit_query"), NOW)).isTrue();

        CapabilitySet all =
                new CapabilitySet(
                        List.of(held, granted("map.max.*", NOW.minusSeconds(8))),
                        List.of(new CapabilitySet.Revocation(name("map.max.read"), NOW)),
                        READ);
        assertThat(all.allows(name("map.max.audit_query"), NOW)).isFalse();
        assertThat(all.allows(name("map.max.audit_log_entry"), NOW)).isTrue();
    }

    @Test
    void withoutDeclared_alias_staysOne() {
        CapabilitySet set =
                new CapabilitySet(
                        List.of(granted("map.max.read", NOW.minusSeconds(9))), List.of(), READ);
        assertThat(set.withoutDeclared().allows(name("map.max.a.b"), NOW)).isTrue();
    }

    @Test
    void entries_live_areSortedByName() {
        CapabilitySet set = CapabilitySet.of(name("map.oas.resolve"), name("map.max.*"));

        assertThat(set.entries(NOW))
                .map(entry -> entry.name().value())
                .containsExactly("map.max.*", "map.oas.resolve");
    }
}
