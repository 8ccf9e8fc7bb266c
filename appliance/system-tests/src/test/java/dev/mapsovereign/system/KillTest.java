package dev.mapsovereign.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the node at random moments under load, again and again: whatever was answered is in the
 * chain after the restart, once; and a key revoked just before the kill stays revoked.
 */
@ExtendWith(SeededRandomExtension.class)
class KillTest {
    private static final int KILLS = Integer.getInteger("map.test.kills", 10);
    private static final int KILLS_BY_NIGHT = Integer.getInteger("map.test.kills", 500);

    @TempDir private Path folder;

    @Test
    void kill_atRandomMomentsUnderLoad_losesNothingAnswered(SeededRandom random) throws Exception {
        storm(KILLS, random);
    }

    @Test
    @Tag("nightly")
    void kill_fiveHundredTimes_losesNothingAnswered(SeededRandom random) throws Exception {
        storm(KILLS_BY_NIGHT, random);
    }

    private void storm(int kills, SeededRandom random) throws Exception {
        List<String> revoked = new ArrayList<>();
        try (Site site = new Site(folder)) {
            Load load = new Load(site);
            for (int kill = 0; kill < kills; kill++) {
                site.start();
                requireRefused(site, revoked, "kill " + kill + ", " + random);
                revoked.add(loadAndKill(site, load, random));
            }
            String what = kills + " kills, " + random;
            site.start();
            requireRefused(site, revoked, what);
            assertThat(load.answered()).as(what).hasSizeGreaterThan(kills);
            SiteCheck.check(site, load, what);
            assertThat(site.stop()).isZero();
            System.out.printf("%s, %d answers%n", what, load.answered().size());
        }
    }

    /** Calls until the kill; returns an API key whose revocation was acknowledged just before. */
    private static String loadAndKill(Site site, Load load, SeededRandom random)
            throws InterruptedException {
        JsonObject created =
                site.run("apikey", "create", "--tenant", "acme", "--did", site.agentDid());
        load.start();
        Thread.sleep(random.nextInt(30, 300));
        site.run("apikey", "revoke", created.text("id").orElseThrow());
        Thread.sleep(random.nextInt(0, 20));
        site.kill();
        load.stop();
        return created.text("api_key").orElseThrow();
    }

    /** Of those revoked before the last kill and the one before: the others were asked already. */
    private static void requireRefused(Site site, List<String> keys, String what) {
        for (String key : keys.subList(Math.max(0, keys.size() - 2), keys.size())) {
            assertThat(SiteCalls.resolve(site.client(key), site.agentDid()).status())
                    .as("a revoked key, %s", what)
                    .isEqualTo(401);
        }
    }
}
