package dev.mapsovereign.auditlog.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditlog.bundle.BundleManifest.Line;
import dev.mapsovereign.base.identity.TenantId;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BundleFilesTest {
    private static final String DIGEST = "0123456789abcdef".repeat(4);
    private static final TenantId ACME = TenantId.of("acme");

    @Test
    void layout_names_areThoseOfTheMedium() {
        assertThat(BundleLayout.nodeFolder("site.1a2b3c4d")).isEqualTo("MAP-AUDIT/site.1a2b3c4d");
        assertThat(BundleLayout.hashTile(ACME, 1, 1_234_067, 256))
                .isEqualTo("logs/acme/tile/1/x001/x234/067");
        assertThat(BundleLayout.entryBundle(TenantId.NODE, 3, 7))
                .isEqualTo("logs/_node/tile/entries/003.p/7");
        assertThat(BundleLayout.checkpoint(ACME)).isEqualTo("logs/acme/checkpoint");
        assertThat(BundleLayout.bundleCheckpoint(2, ACME, 300))
                .isEqualTo("bundle-2/checkpoints/acme/300");
        assertThat(BundleLayout.rotationProof(2, 9))
                .isEqualTo("bundle-2/rotations/_node/9.tlog-proof");
        assertThat(BundleLayout.receipt("vault-1", 2, ACME)).isEqualTo("receipts/vault-1/2/acme");
    }

    @Test
    void layout_bundleNumber_readsBackWhatWasWritten() {
        assertThat(BundleLayout.bundleNumber(BundleLayout.bundleFolder(12))).hasValue(12);
        for (String other :
                List.of("bundle-0", "bundle-01", "bundle-", "bundle-1.part", "Bundle-1")) {
            assertThat(BundleLayout.bundleNumber(other)).as(other).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/a", "a/", "a//b", "../a", "a/..", ".a", "a.", "a b", "é", "-a"})
    void layout_pathThatSomeMediumCannotHold_isRefused(String path) {
        assertThat(BundleLayout.isPortable(path)).isFalse();
    }

    @Test
    void manifest_bytes_areWhatSha256sumReads() {
        BundleManifest manifest =
                new BundleManifest(List.of(new Line(DIGEST, "b"), new Line(DIGEST, "a/c")));
        assertThat(new String(manifest.bytes(), StandardCharsets.US_ASCII))
                .isEqualTo(DIGEST + "  b\n" + DIGEST + "  a/c\n");
        assertThat(BundleManifest.parse(manifest.bytes())).isEqualTo(manifest);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "%s  a",
                "%s a\n",
                "%s *a\n",
                "%s  a\r\n",
                "\n",
                "%s  a\n\n",
                "%s  ../a\n",
                "%s  a\n%s  A\n",
                "%s  \u00e9\n",
                "0%s  a\n",
                "\\%s  a\n"
            })
    void manifest_otherSpelling_isRefused(String text) {
        byte[] bytes = text.replace("%s", DIGEST).getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> BundleManifest.parse(bytes)).isInstanceOf(BundleException.class);
    }

    @Test
    void manifest_upperCaseDigest_isRefused() {
        byte[] bytes =
                (DIGEST.toUpperCase(java.util.Locale.ROOT) + "  a\n")
                        .getBytes(StandardCharsets.US_ASCII);
        assertThatThrownBy(() -> BundleManifest.parse(bytes)).isInstanceOf(BundleException.class);
    }
}
