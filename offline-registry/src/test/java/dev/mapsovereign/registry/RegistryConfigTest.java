package dev.mapsovereign.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.config.ConfigException;
import dev.mapsovereign.config.ConfigRoot;
import dev.mapsovereign.config.Reading;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RegistryConfigTest {
    private final Family family = new Family();

    private static RegistryConfig read(String toml) {
        ConfigRoot root = ConfigRoot.parse("map.toml", Path.of("/etc/map"), toml);
        Reading<RegistryConfig> reading = root.read("registry", RegistryConfig::read);
        root.finish();
        return reading.get();
    }

    @Test
    void read_everything_isTaken() {
        RegistryConfig config =
                read(
                        "[registry]\nfolder = \"/srv/registry\"\nroot_file = \"/etc/map/root.json\"\n"
                                + "roots = [\""
                                + family.pin().line()
                                + "\"]\n"
                                + "credential_issuers = [\""
                                + family.acme.did()
                                + "\"]\n"
                                + "max_age = \"20d\"\nbind = \"127.0.0.1:7781\"\n");
        assertThat(config.folder()).isEqualTo(Path.of("/srv/registry"));
        assertThat(config.rootFile()).contains(Path.of("/etc/map/root.json"));
        assertThat(config.roots()).containsExactly(family.pin());
        assertThat(config.credentialIssuers()).containsExactly(family.acme.did());
        assertThat(config.maxAge()).isEqualTo(Duration.ofDays(20));
        assertThat(config.bind().port()).isEqualTo(7781);
    }

    @Test
    void read_nothing_isTheDefault() {
        assertThat(read("")).isEqualTo(RegistryConfig.defaults(Path.of("/var/lib/map/registry")));
    }

    @Test
    void read_rootsThatCannotBe_areProblems() {
        String agent = family.scout.did() + " " + Family.multikey(family.scoutKey);
        for (String bad : new String[] {agent, family.alice.did().text(), "alice", ""}) {
            assertThatThrownBy(() -> read("[registry]\nroots = [\"" + bad + "\"]\n"))
                    .isInstanceOf(ConfigException.class);
        }
        String line = family.pin().line();
        assertThatThrownBy(() -> read("[registry]\nroots = [\"" + line + "\", \"" + line + "\"]\n"))
                .isInstanceOf(ConfigException.class);
    }
}
