package dev.mapsovereign.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.testing.FaultyDisk;
import dev.mapsovereign.testing.FaultyDisk.Failure;
import dev.mapsovereign.testing.FaultyDisk.Operation;
import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole node, its data on a disk that loses power, fills up, fails and is slow: journal,
 * embedded database, digest keys and registry together.
 */
@ExtendWith(SeededRandomExtension.class)
@Tag("slow")
class DiskTest {
    private static final int CUTS = Integer.getInteger("map.test.node_cuts", 4);
    private static final String CAPABILITY = "map.oas.resolve";

    @TempDir private Path folder;

    @BeforeEach
    void needed() {
        FaultyDisk.obstacle().ifPresent(reason -> Assumptions.abort(reason));
    }

    /** What administrators were promised: it holds whatever happens afterwards. */
    private static final class Promises {
        final List<String> revoked = new ArrayList<>();
        final List<String> created = new ArrayList<>();
        final List<String> denied = new ArrayList<>();

        /** Three keys: one is revoked again, one stays, one loses a capability. */
        void make(Site site) {
            JsonObject gone = create(site, site.agentDid());
            site.run("apikey", "revoke", gone.text("id").orElseThrow());
            revoked.add(gone.text("api_key").orElseThrow());
            created.add(create(site, site.agentDid()).text("api_key").orElseThrow());
            String did = "did:oas:example:agent:n" + denied.size();
            denied.add(create(site, did).text("api_key").orElseThrow());
            site.run("capability", "grant", "--tenant", "acme", "--did", did, CAPABILITY);
            site.run("capability", "revoke", "--tenant", "acme", "--did", did, CAPABILITY);
        }

        private static JsonObject create(Site site, String did) {
            return site.run("apikey", "create", "--tenant", "acme", "--did", did);
        }

        void check(Site site, String what) {
            revoked.forEach(key -> requireStatus(site, key, 401, what));
            created.forEach(key -> requireStatus(site, key, 200, what));
            denied.forEach(key -> requireStatus(site, key, 403, what));
        }

        private static void requireStatus(Site site, String key, int status, String what) {
            assertThat(SiteCalls.resolve(site.client(key), site.agentDid()).status())
                    .as(what)
                    .isEqualTo(status);
        }
    }

    @Test
    void powerCut_underLoad_keepsEverythingThatWasPromised(SeededRandom random) throws Exception {
        try (Site site = new Site(folder)) {
            Load load = new Load(site);
            Promises promises = new Promises();
            for (int cut = 0; cut < CUTS; cut++) {
                String what = "power cut " + cut + ", " + random;
                try (FaultyDisk disk = FaultyDisk.over(Path.of(site.path("var")))) {
                    site.start();
                    promises.check(site, what);
                    load.start();
                    load.await("resolve ok", 20);
                    promises.make(site);
                    Thread.sleep(random.nextInt(200));
                    disk.cutPower(random.nextLong());
                    site.kill();
                    load.stop();
                }
            }
            String what = CUTS + " power cuts, " + random;
            site.start();
            promises.check(site, what);
            SiteCheck.check(site, load, what);
            assertThat(site.stop()).isZero();
            System.out.printf("%s, %d answers%n", what, load.answered().size());
        }
    }

    @Test
    void disk_fullThenSlowThenFailing_refusesAndGoesOnWithoutARestart(SeededRandom random)
            throws Exception {
        try (Site site = new Site(folder);
                FaultyDisk disk = FaultyDisk.over(Path.of(site.path("var")))) {
            Load load = new Load(site);
            site.start();
            load.start();
            load.await("send ok", 20);
            disk.space(random.nextInt(200_000));
            Thread.sleep(2_000);
            disk.heal();
            load.await("send ok", 50);
            load.await("resolve ok", 50);
            disk.slow(Operation.SYNC, "", Duration.ofSeconds(1));
            load.await("send ok", 5);
            load.await("resolve ok", 5);
            disk.heal();
            disk.fail(Operation.SYNC, "/journal/", Failure.EIO, random.nextInt(5), 1);
            disk.fail(Operation.SHORT, "/journal/", Failure.EIO, random.nextInt(20), 1);
            disk.fail(Operation.OPEN, "/tile", Failure.EIO, random.nextInt(3), 2);
            disk.fail(Operation.SYNC, "/checkpoints", Failure.EIO, random.nextInt(3), 2);
            load.await("resolve ok", 200);
            disk.heal();
            load.await("send ok", 50);
            load.stop();
            System.out.printf("%s, %s%n", random, load.outcomes());
            SiteCheck.check(site, load, "a full, a slow, a failing disk, " + random);
            assertThat(site.stop()).isZero();
        }
    }
}
