package dev.mapsovereign.engine.agreement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.capability.Caveat;
import dev.mapsovereign.engine.Limits;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The texts of delegations and treaties, and what is said of those that break a rule. */
final class AgreementFormTest {
    private static final String TREATY = TreatyTest.TREATY;
    private static final String DELEGATION =
            """
            {"type": "map-delegation-v1", "tenant": "acme",
             "delegator": "did:oas:acme:agent:clerk", "delegate": "did:oas:acme:agent:helper",
             "capabilities": [
               {"name": "map.test.read", "expires": "2026-12-24T00:00:00Z"},
               {"name": "map.test.write", "limits": {"max_per_hour": 3}}],
             "not_before": "2026-12-01T00:00:00Z", "expires_at": "2026-12-31T00:00:00Z",
             "may_delegate": true, "serial": "0123456789abcdef"}
            """;

    private static SignedText text(String json) {
        return SignedText.parse(json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void delegation_everyCapability_isBoundByItsDates() {
        Delegation delegation = Delegation.parse(text(DELEGATION));

        assertThat(delegation.mayDelegate()).isTrue();
        assertThat(delegation.capabilities())
                .extracting(Capability::expires)
                .extracting(java.util.Optional::orElseThrow)
                .containsExactly(
                        Instant.parse("2026-12-24T00:00:00Z"),
                        Instant.parse("2026-12-31T00:00:00Z"));
        assertThat(delegation.capabilities())
                .allSatisfy(each ->
                        assertThat(each.caveats())
                                .containsExactly(
                                        new Caveat.NotBefore(
                                                Instant.parse("2026-12-01T00:00:00Z"))));
    }

    @Test
    void digest_doesNotDependOnSpellingOrSignatures() {
        Delegation delegation = Delegation.parse(text(DELEGATION));
        Delegation spelledElse =
                Delegation.parse(
                        Signers.signed(
                                text(DELEGATION.replace("\n", " ").replace(": ", " :\t")),
                                delegation.delegator()));

        assertThat(spelledElse.id()).isEqualTo(delegation.id()).hasSize(64);
    }

    @Test
    void text_largerThanTheMost_isRefused() {
        String large = DELEGATION.replace("acme", "acme") + " ".repeat(Limits.AGREEMENT_BYTES_MAX);

        assertThatThrownBy(() -> text(large)).hasMessageStartingWith("it is not JSON");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "map-delegation-v1 | map-delegation-v2 | type must be map-delegation-v1",
                "agent:helper | agent:clerk | delegator and delegate must be two",
                "did:oas:acme:agent:helper | helper | delegate: ",
                "\"may_delegate\": true | \"may_delegate\": 1 | may_delegate must be true or false",
                "0123456789abcdef | 0123 | serial must be 16 to 64 digits of lower-case hex",
                "2026-12-31 | 2026-11-30 | not_before must lie before expires_at",
                "2026-12-31T00:00:00Z | soon | expires_at must be a time like",
                "map.test.write | test.write | capabilities[1]: ",
                "max_per_hour | max_per_year | capabilities[1]: max_per_year is no limit or caveat",
                "\"serial\" | \"number\" | no member number is known",
                "\"tenant\": \"acme\" | \"tenant\": \"A\" | 'A'",
                "{\"name\": \"map.test.read\" | [], {\"name\": \"map.test.read\" | capabilities must have 1 to 64",
            })
    void delegation_thatBreaksARule_isNamed(String part, String instead, String expected) {
        String broken = DELEGATION.replace(part, instead);

        assertThatThrownBy(() -> Delegation.parse(text(broken)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ed25519:0x | 0x | signature must be ed25519:0x",
                "\"signed_by\" | \"by\" | no member by is known",
                "2026-11-30T08:00:00Z | now | timestamp must be a time",
            })
    void signature_thatBreaksARule_isNamed(String part, String instead, String expected) {
        Delegation delegation = Delegation.parse(text(DELEGATION));
        String signed = Signers.signed(delegation.text(), delegation.delegator()).json().toString();
        assertThat(text(signed).signers()).containsExactly(delegation.delegator());

        assertThatThrownBy(() -> text(signed.replace(part, instead)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"type\": \"map-treaty-v1\" | \"type\": \"x\" | type must be map-treaty-v1",
                "treaty_1 | a b | id must be 1 to 64 of A-Z, a-z, 0-9, '_' and '-'",
                "grants_to_abroad | grants_to_nobody | no member grants_to_nobody is known",
                "did:oas:abroad:* | * | parties[1]: agents must be DIDs, or did:oas:NAMESPACE:*",
                "did:oas:abroad:* | did:oas:abroad:agent:* | parties[1]: agents must be DIDs, or",
                "did:oas:abroad:hmr:bob | did:oas:home:hmr:ada | parties must be two tenants,",
                "\"tenant\": \"abroad\" | \"tenant\": \"home\" | parties must be two tenants,",
                "max_per_hour | weekly_budget_usd | grants_to_abroad[0]: weekly_budget_usd is no limit or caveat",
                "\"per_hour\" | \"per_year\" | rate_limits.per_year must be",
                "2026-12-01T10 | 2026-11-01T10 | effective_from must lie before expires_at",
                "2026-12-01T10:00:00Z | tomorrow | expires_at must be a time like",
                "{\"rail\": \"none\"} | 7 | settlement must be an object",
            })
    void treaty_thatBreaksARule_isNamed(String text, String instead, String expected) {
        String broken = TREATY.replace(text, instead);

        assertThatThrownBy(() -> Treaty.parse(text(broken)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(expected);
    }
}
