package dev.mapsovereign.base.age;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.Test;

/**
 * The published vectors (C2SP CCTV, age), which are not part of this tree: {@code .ci/run} fetches
 * the npm package that holds them and names its {@code index.js} in {@code map.test.cctv}. What
 * they say about passphrases, armor and post-quantum identities is about kinds we do not have.
 */
class CctvAgeTest {
    /** Of version 0.2.0, which {@code src/test/npm/package-lock.json} pins. */
    private static final int VECTORS = 143;

    private static final int VECTORS_OF_OUR_KIND = 68;

    private static final Pattern VECTOR =
            Pattern.compile(
                    "^// \\S*testdata/(\\S+)\\nvar \\w+ = __toBinary\\(\"([^\"]*)\"\\);",
                    Pattern.MULTILINE);

    @Test
    void decrypt_publishedVectors_givesWhatEachExpects() throws IOException {
        String file = System.getProperty("map.test.cctv", "");
        assumeThat(file)
                .as(
                        "the vectors are not here; fetch them by"
                                + " 'npm ci --prefix kernel/base/src/test/npm' and name"
                                + " node_modules/cctv-age/index.js in -Dmap.test.cctv")
                .isNotEmpty();
        List<Vector> all =
                VECTOR.matcher(Files.readString(Path.of(file)))
                        .results()
                        .map(CctvAgeTest::vector)
                        .toList();
        List<Vector> ours = all.stream().filter(Vector::isOurKind).toList();

        assertThat(all).hasSize(VECTORS);
        assertThat(ours).hasSize(VECTORS_OF_OUR_KIND);
        for (Vector vector : ours) {
            Outcome outcome = decrypt(vector);
            assertThat(outcome.result).as(vector.name).isEqualTo(vector.expected());
            if (vector.value("payload").isPresent()) {
                assertThat(outcome.payloadDigest)
                        .as(vector.name)
                        .isEqualTo(vector.value("payload").get());
            }
        }
    }

    private static Outcome decrypt(Vector vector) throws IOException {
        List<AgeIdentity> identities =
                vector.values("identity")
                        .map(text -> AgeIdentity.parse(text.getBytes(US_ASCII)))
                        .toList();
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        String result = "success";
        try (InputStream in = new AgeDecryption(vector.open(), identities)) {
            for (int b = in.read(); b >= 0; b = in.read()) {
                payload.write(b);
            }
        } catch (AgeException e) {
            result =
                    switch (e.reason()) {
                        case HEADER -> "header failure";
                        case NO_MATCH -> "no match";
                        case MAC -> "HMAC failure";
                        case PAYLOAD -> "payload failure";
                    };
        }
        return new Outcome(result, Hex.encode(Sha256.hash(payload.toByteArray())));
    }

    private static Vector vector(MatchResult match) {
        byte[] bytes = Base64.getDecoder().decode(match.group(2));
        String text = new String(bytes, ISO_8859_1);
        int end = text.indexOf("\n\n");
        List<String> head = text.substring(0, end).lines().toList();
        byte[] file = text.substring(end + 2).getBytes(ISO_8859_1);
        return new Vector(match.group(1), head, file);
    }

    private record Outcome(String result, String payloadDigest) {}

    private record Vector(String name, List<String> head, byte[] file) {
        boolean isOurKind() {
            return value("armored").isEmpty()
                    && values("identity").noneMatch(text -> text.startsWith("AGE-SECRET-KEY-PQ-"))
                    && (value("passphrase").isEmpty() || value("identity").isPresent());
        }

        String expected() {
            return value("expect").orElseThrow();
        }

        Optional<String> value(String key) {
            return values(key).findFirst();
        }

        Stream<String> values(String key) {
            List<String> values = new ArrayList<>();
            for (String line : head) {
                if (line.startsWith(key + ": ")) {
                    values.add(line.substring(key.length() + 2));
                }
            }
            return values.stream();
        }

        InputStream open() {
            InputStream raw = new ByteArrayInputStream(file);
            return value("compressed").isPresent() ? new InflaterInputStream(raw) : raw;
        }
    }
}
