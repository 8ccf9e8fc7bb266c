package dev.mapsovereign.engine.context;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.DatabaseConfig;
import dev.mapsovereign.engine.Crowd;
import dev.mapsovereign.engine.agreement.Agreements;
import dev.mapsovereign.engine.capability.CapabilityAliases;
import dev.mapsovereign.engine.capability.CapabilitySet;
import dev.mapsovereign.engine.capability.CapabilitySources;
import dev.mapsovereign.engine.capability.ConfiguredCapability;
import dev.mapsovereign.engine.capability.EffectiveCapabilities;
import dev.mapsovereign.engine.capability.Grants;
import dev.mapsovereign.migrations.Migrator;
import dev.mapsovereign.testing.ManualClock;
import dev.mapsovereign.testing.TestPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Keys, grants and effective sets on both databases. */
final class ApiKeysTest {
    private static final TenantId ACME = TenantId.of("acme");
    private static final AgentDid DID = AgentDid.parse("did:oas:acme:agent:a");

    @Nested
    final class OnH2 extends Contract {
        @Override
        DatabaseConfig config(Path folder) {
            return DatabaseConfig.of("h2:" + folder.resolve("db"));
        }
    }

    @Nested
    final class OnPostgres extends Contract {
        @Override
        DatabaseConfig config(Path folder) {
            return DatabaseConfig.of(TestPostgres.shared().freshDatabase().url());
        }
    }

    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    abstract static class Contract {
        private final ManualClock clock = new ManualClock(Instant.parse("2026-11-23T12:00:00Z"));
        private final Map<AgentDid, ResolvedIdentity> identities = new ConcurrentHashMap<>();
        private Database database;
        private ApiKeys keys;
        private Grants grants;

        abstract DatabaseConfig config(Path folder);

        @BeforeAll
        void open(@TempDir Path folder) {
            database = Database.open(config(folder));
            new Migrator(database).apply((migration, number, total) -> {});
            keys = ApiKeys.open(database, clock);
            grants = new Grants(database, clock);
        }

        @AfterAll
        void close() {
            database.close();
        }

        @Test
        void verify_createdKey_isWhatItWasMadeFor() {
            ApiKeys.Created created = keys.create(ACME, DID, "laptop", Optional.empty());

            assertThat(created.text()).matches("map_live_[0-9a-f]{16}_[A-Za-z0-9_-]{43}");
            assertThat(keys.verify(created.text()))
                    .contains(new ApiKeys.Verified(created.key().id(), ACME, DID));
            assertThat(created.toString()).doesNotContain(created.text());
            assertThat(ApiKeys.open(database, clock).verify(created.text())).isPresent();
        }

        @Test
        void verify_anyCharacterChanged_isRefused() {
            String text = keys.create(ACME, DID, "", Optional.empty()).text();
            for (int i = 0; i < text.length(); i++) {
                char other = text.charAt(i) == 'a' ? 'b' : 'a';
                String changed = text.substring(0, i) + other + text.substring(i + 1);
                assertThat(keys.verify(changed)).as("position %s", i).isEmpty();
            }
            assertThat(keys.verify(text + "A")).isEmpty();
            assertThat(keys.verify("")).isEmpty();
        }

        @Test
        void verify_expired_isRefusedFromThatMoment() {
            Instant end = clock.instant().plusSeconds(60);
            String text = keys.create(ACME, DID, "", Optional.of(end)).text();
            assertThat(keys.verify(text)).isPresent();
            clock.advance(Duration.ofSeconds(60));

            assertThat(keys.verify(text)).isEmpty();
        }

        @Test
        void revoke_here_isSeenHereAtOnceAndByOthersAfterTheyRead() {
            ApiKeys other = ApiKeys.open(database, clock);
            ApiKeys.Created created = keys.create(ACME, DID, "", Optional.empty());
            assertThat(other.verify(created.text())).isEmpty();
            other.refresh();
            assertThat(other.verify(created.text())).isPresent();
            keys.revoke(created.key().id());

            assertThat(keys.verify(created.text())).isEmpty();
            assertThat(ApiKeys.open(database, clock).verify(created.text()))
                    .as("a restart does not bring it back")
                    .isEmpty();
            other.refresh();
            assertThat(other.verify(created.text())).isEmpty();
            assertThat(keys.revoke(created.key().id())).as("twice").isPresent();
            assertThat(keys.revoke("0000000000000000")).isEmpty();
        }

        @Test
        void refresh_whileKeysAreRevoked_bringsNoneBack() throws Exception {
            AtomicBoolean stop = new AtomicBoolean();
            Thread refreshing =
                    Thread.ofVirtual()
                            .start(() -> {
                                while (!stop.get()) {
                                    keys.refresh();
                                }
                            });
            for (int i = 0; i < 50; i++) {
                ApiKeys.Created created = keys.create(ACME, DID, "", Optional.empty());
                keys.revoke(created.key().id());
                assertThat(keys.verify(created.text())).isEmpty();
            }
            stop.set(true);
            refreshing.join();

            assertThat(keys.list(Optional.of(ACME)))
                    .filteredOn(key -> key.revokedAt().isPresent())
                    .hasSizeGreaterThanOrEqualTo(50);
        }

        private EffectiveCapabilities effective(ConfiguredCapability... configured) {
            return new EffectiveCapabilities(
                    new CapabilitySources(
                            List.of(configured),
                            CapabilityAliases.NONE,
                            Set.of(),
                            did -> Optional.ofNullable(identities.get(did)),
                            grants,
                            agreements(database)));
        }

        private Agreements agreements(Database of) {
            return new Agreements(
                    of, did -> Optional.ofNullable(identities.get(did)), Ed25519.jdk(), clock);
        }

        private static CapabilityName name(String text) {
            return new CapabilityName(text);
        }

        private static ResolvedIdentity declaring(
                AgentDid did, String capability, boolean lineage) {
            return new ResolvedIdentity(
                    did,
                    List.of(),
                    true,
                    false,
                    Optional.empty(),
                    lineage ? 1 : 0,
                    List.of(Capability.of(name(capability))),
                    lineage,
                    JsonObject.EMPTY);
        }

        private boolean allows(CapabilitySet set, String capability) {
            return set.allows(name(capability), clock.instant());
        }

        @Test
        void of_allSources_areAddedUpAndRevocationsSubtracted() {
            AgentDid did = AgentDid.parse("did:oas:acme:agent:sum");
            TenantId tenant = TenantId.of("sum");
            identities.put(did, declaring(did, "map.oas.*", true));
            grants.grant(tenant, did, name("map.mim.message_send"), Optional.empty(), "");
            EffectiveCapabilities effective =
                    effective(
                            new ConfiguredCapability(
                                    Optional.of(tenant),
                                    Optional.empty(),
                                    List.of(name("map.max.*"))));
            CapabilitySet set = effective.of(tenant, did);
            assertThat(allows(set, "map.oas.resolve")).isTrue();
            assertThat(allows(set, "map.mim.message_send")).isTrue();
            assertThat(allows(set, "map.max.audit_query")).isTrue();
            assertThat(allows(set, "map.macs.auth_negotiation")).isFalse();
            for (String revoked : List.of("map.oas.resolve", "map.max.audit_query")) {
                grants.revoke(tenant, did, name(revoked), "misused");
                assertThat(allows(effective.of(tenant, did), revoked)).as(revoked).isFalse();
            }

            assertThat(allows(effective.of(tenant, did), "map.oas.lineage")).isTrue();
            assertThat(allows(effective.of(TenantId.of("elsewhere"), did), "map.max.audit_query"))
                    .isFalse();
        }

        @Test
        void of_declaredWithoutVerifiedLineage_countsForNothing() {
            AgentDid did = AgentDid.parse("did:oas:acme:agent:boaster");
            identities.put(did, declaring(did, "map.*.*", false));

            assertThat(allows(effective().of(ACME, did), "map.max.audit_query")).isFalse();
        }

        @Test
        void grant_clockThatStandsStill_revokeAndGrantAlternate() {
            AgentDid did = AgentDid.parse("did:oas:acme:agent:still");
            EffectiveCapabilities effective = effective();
            CapabilityName read = name("map.max.audit_query");
            for (int i = 0; i < 5; i++) {
                grants.grant(ACME, did, read, Optional.empty(), "");
                assertThat(allows(effective.of(ACME, did), read.value())).isTrue();
                grants.revoke(ACME, did, read, "");
                assertThat(allows(effective.of(ACME, did), read.value())).isFalse();
            }
        }

        /**
         * Readers that fill the cache all the time never keep what was true before a revocation.
         */
        @Test
        void of_whileOthersRead_aRevocationIsInForceWhenItIsAcknowledged() throws Exception {
            AgentDid did = AgentDid.parse("did:oas:acme:agent:race");
            EffectiveCapabilities effective = effective();
            CapabilityName read = name("map.max.audit_query");
            AtomicBoolean stop = new AtomicBoolean();
            // A platform thread: readers that never block would keep both carriers from a virtual
            // one.
            Thread changing =
                    Thread.ofPlatform()
                            .start(() -> {
                                for (int i = 0; i < 30; i++) {
                                    grants.grant(ACME, did, read, Optional.empty(), "");
                                    if (!allows(effective.of(ACME, did), read.value())) {
                                        throw new AssertionError("granted and not seen");
                                    }
                                    grants.revoke(ACME, did, read, "");
                                    if (allows(effective.of(ACME, did), read.value())) {
                                        throw new AssertionError("revoked and not seen");
                                    }
                                }
                                stop.set(true);
                            });
            changing.setUncaughtExceptionHandler((thread, failure) -> {});
            Crowd.run(
                    4,
                    () -> {
                        while (changing.isAlive()) {
                            effective.of(ACME, did);
                            effective.forget(TenantId.of("other"), did);
                            LockSupport.parkNanos(20_000);
                        }
                        return true;
                    });

            assertThat(stop).as("every change was seen at once").isTrue();
        }

        @Test
        void of_databaseAway_goesOnWithWhatWasReadBefore() {
            Database going =
                    Database.open(DatabaseConfig.of("jdbc:h2:mem:going-" + System.nanoTime()));
            new Migrator(going).apply((migration, number, total) -> {});
            Grants there = new Grants(going, clock);
            there.grant(ACME, DID, name("map.max.*"), Optional.empty(), "");
            EffectiveCapabilities effective =
                    new EffectiveCapabilities(
                            new CapabilitySources(
                                    List.of(),
                                    CapabilityAliases.NONE,
                                    Set.of(),
                                    did -> Optional.empty(),
                                    there,
                                    agreements(going)));
            assertThat(allows(effective.of(ACME, DID), "map.max.audit_query")).isTrue();
            going.close();

            assertThat(allows(effective.of(ACME, DID), "map.max.audit_query")).isTrue();
        }
    }
}
