package dev.mapsovereign.engine.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.DatabaseConfig;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.policy.cedar.CedarSyntaxException;
import dev.mapsovereign.migrations.Migrator;
import dev.mapsovereign.testing.ManualClock;
import dev.mapsovereign.testing.TestPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Versions of policies over time, on both databases. */
class PoliciesTest {
    private static final Instant NOW = Instant.parse("2027-01-01T09:30:00Z");
    private static final String ANY = "permit(principal, action, resource);";
    private static final String NONE = "forbid(principal, action, resource);";

    @TempDir private Path folder;
    private final ManualClock clock = new ManualClock(NOW);
    private Optional<Database> database = Optional.empty();

    @AfterEach
    void close() {
        database.ifPresent(Database::close);
    }

    private Policies open(String product) {
        String url =
                product.equals("h2")
                        ? "h2:" + folder.resolve("map")
                        : TestPostgres.shared().freshDatabase().url();
        Database opened = Database.open(DatabaseConfig.of(url));
        database = Optional.of(opened);
        new Migrator(opened).apply((migration, number, total) -> {});
        return Policies.open(opened, clock);
    }

    private static PolicyName name(String version) {
        return new PolicyName("ops.cap", version);
    }

    private static Policy author(Policies policies, String version, String body)
            throws CedarSyntaxException {
        return policies.author(name(version), Optional.empty(), body, Optional.empty(), "why");
    }

    @ParameterizedTest
    @ValueSource(strings = {"h2", "postgresql"})
    void activate_nextVersion_takesThePlaceAndComesBack(String product)
            throws CedarSyntaxException {
        Policies policies = open(product);
        author(policies, "v1.0.0", ANY);
        author(policies, "v2.0.0", NONE);
        assertThat(policies.current()).isSameAs(ActivePolicies.NONE);

        policies.activate(name("v1.0.0"));
        assertThat(policies.current().names()).containsExactly(name("v1.0.0"));
        policies.activate(name("v2.0.0"));
        assertThat(policies.current().names()).containsExactly(name("v2.0.0"));
        policies.activate(name("v1.0.0"));
        assertThat(policies.current().names()).containsExactly(name("v1.0.0"));

        Policies another = Policies.open(database.orElseThrow(), clock);
        assertThat(another.current().names()).containsExactly(name("v1.0.0"));
        assertThat(policies.retire("ops.cap"))
                .extracting(Policy::name)
                .containsExactly(name("v1.0.0"));
        assertThat(policies.current()).isSameAs(ActivePolicies.NONE);
        assertThat(another.current().names()).hasSize(1);
        another.refresh();
        assertThat(another.current()).isSameAs(ActivePolicies.NONE);
        assertThat(policies.list())
                .extracting(policy -> policy.retiredAt().isPresent())
                .containsExactly(true, true);
    }

    @ParameterizedTest
    @ValueSource(strings = {"h2", "postgresql"})
    void activate_versionOfLater_waitsAndThenSupersedes(String product)
            throws CedarSyntaxException {
        Policies policies = open(product);
        author(policies, "v1.0.0", ANY);
        policies.author(
                name("v2.0.0"), Optional.empty(), NONE, Optional.of(NOW.plusSeconds(600)), "later");
        policies.activate(name("v1.0.0"));
        policies.activate(name("v2.0.0"));

        assertThat(policies.current().names()).containsExactly(name("v1.0.0"));
        assertThat(policies.at(NOW.plusSeconds(600)).names()).containsExactly(name("v2.0.0"));
        clock.advance(Duration.ofSeconds(599));
        assertThat(policies.current().names()).containsExactly(name("v1.0.0"));
        clock.advance(Duration.ofSeconds(1));
        assertThat(policies.current().names()).containsExactly(name("v2.0.0"));
        policies.retire("ops.cap");
        assertThat(policies.current()).isSameAs(ActivePolicies.NONE);
    }

    @Test
    void author_sameVersionAgain_changesNothingAndOtherContentIsRefused()
            throws CedarSyntaxException {
        Policies policies = open("h2");
        Policy first = author(policies, "v1.0.0", ANY);
        clock.advance(Duration.ofHours(1));

        assertThat(author(policies, "v1.0.0", ANY)).isEqualTo(first);
        assertThatThrownBy(() -> author(policies, "v1.0.0", NONE))
                .isInstanceOf(PolicyRefusedException.class)
                .hasMessageContaining("ops.cap v1.0.0 is here already with another text");
        assertThatThrownBy(() ->
                        policies.author(
                                name("v1.0.0"),
                                Optional.empty(),
                                ANY,
                                Optional.of(NOW.plusSeconds(90_000)),
                                ""))
                .hasMessageContaining("with another active_from");
        assertThatThrownBy(() ->
                        policies.author(
                                name("v2.0.0"),
                                Optional.of(TenantId.of("acme")),
                                ANY,
                                Optional.empty(),
                                ""))
                .hasMessageContaining("the policy ops.cap is of the whole site");
        assertThat(policies.list()).containsExactly(first);
    }

    @Test
    void author_timeThatHasPassed_isRefusedButForTheTolerance() throws CedarSyntaxException {
        Policies policies = open("h2");
        Instant earliest = NOW.minus(Limits.POLICY_ACTIVE_FROM_TOLERANCE);

        assertThatThrownBy(() ->
                        policies.author(
                                name("v1.0.0"),
                                Optional.empty(),
                                ANY,
                                Optional.of(earliest.minusMillis(1)),
                                ""))
                .isInstanceOf(PolicyRefusedException.class)
                .hasMessageContaining("active_from is past: 2027-01-01T09:24:59.999Z");
        policies.author(name("v1.0.0"), Optional.empty(), ANY, Optional.of(earliest), "");
        policies.activate(name("v1.0.0"));
        assertThat(policies.current().names()).containsExactly(name("v1.0.0"));
    }

    @Test
    void author_textThatIsNone_isRefusedWithItsPlace() {
        Policies policies = open("h2");

        assertThatThrownBy(() -> author(policies, "v1.0.0", "permit(principal);"))
                .isInstanceOf(CedarSyntaxException.class)
                .hasMessageStartingWith("1:17: ");
        assertThatThrownBy(() ->
                        author(
                                policies,
                                "v1.0.0",
                                "@id(\"2\") permit(principal, action, resource);" + ANY))
                .isInstanceOf(PolicyRefusedException.class)
                .hasMessageContaining("two statements are called ops.cap#2");
        assertThatThrownBy(() -> author(policies, "v1.0.0", "@id(\"a b\") " + ANY + ANY))
                .hasMessageContaining("1:12: @id names a statement by 1 to 64");
        assertThat(policies.list()).isEmpty();
    }

    @Test
    void activate_whatIsNotThere_isRefused() {
        Policies policies = open("h2");

        assertThatThrownBy(() -> policies.activate(name("v1.0.0")))
                .isInstanceOf(PolicyRefusedException.class)
                .hasMessageContaining("there is no ops.cap v1.0.0");
        assertThatThrownBy(() -> policies.retire("ops.cap"))
                .hasMessageContaining("there is no policy ops.cap");
    }

    @Test
    void activate_moreStatementsThanOneLevelMayHave_isRefused() throws CedarSyntaxException {
        Policies policies = open("h2");
        String hundred = ANY.repeat(100);
        for (int i = 0; i <= Limits.POLICY_STATEMENTS_MAX / 100; i++) {
            PolicyName each = new PolicyName("p" + i, "v1.0.0");
            policies.author(each, Optional.empty(), hundred, Optional.empty(), "");
            if (i < Limits.POLICY_STATEMENTS_MAX / 100) {
                policies.activate(each);
            } else {
                assertThatThrownBy(() -> policies.activate(each))
                        .hasMessageContaining("1100 statements of the whole site would be active");
            }
        }
        assertThat(policies.current().names()).hasSize(Limits.POLICY_STATEMENTS_MAX / 100);
    }

    @Test
    void activate_clockThatWentBack_stillSupersedes() throws CedarSyntaxException {
        Policies policies = open("h2");
        author(policies, "v1.0.0", ANY);
        author(policies, "v2.0.0", NONE);
        policies.activate(name("v1.0.0"));
        clock.advance(Duration.ofMinutes(-1));
        policies.refresh();
        assertThat(policies.current().names()).containsExactly(name("v1.0.0"));

        policies.activate(name("v2.0.0"));

        assertThat(policies.current().names()).containsExactly(name("v2.0.0"));
    }
}
