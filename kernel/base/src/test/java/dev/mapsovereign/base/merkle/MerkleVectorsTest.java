package dev.mapsovereign.base.merkle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.crypto.StrictBase64;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import dev.mapsovereign.base.json.JsonString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** All published cases; their licence stands beside them. */
class MerkleVectorsTest {
    private static final Path VECTORS = Path.of("src/test/resources/vectors/rfc6962");

    @TestFactory
    Stream<DynamicTest> inclusion_published_haveTheirVerdict() {
        return cases("inclusion", MerkleVectorsTest::includes);
    }

    @TestFactory
    Stream<DynamicTest> consistency_published_haveTheirVerdict() {
        return cases("consistency", MerkleVectorsTest::isConsistent);
    }

    @TestFactory
    Stream<DynamicTest> subtreeInclusion_published_haveTheirVerdict() {
        return cases("subtreeinclusion", MerkleVectorsTest::subtreeIncludes);
    }

    @TestFactory
    Stream<DynamicTest> subtreeConsistency_published_haveTheirVerdict() {
        return cases("subtreeconsistency", MerkleVectorsTest::isSubtreeConsistent);
    }

    @Test
    void published_areAllThere() {
        assertThat(files(VECTORS)).hasSize(518);
    }

    private interface Check {
        boolean holds(JsonObject vector);
    }

    private static boolean includes(JsonObject vector) {
        return MerkleProofs.verifyInclusion(
                bytes(vector, "leafHash"),
                number(vector, "leafIdx"),
                number(vector, "treeSize"),
                proof(vector),
                bytes(vector, "root"));
    }

    private static boolean isConsistent(JsonObject vector) {
        return MerkleProofs.verifyConsistency(
                number(vector, "size1"),
                number(vector, "size2"),
                proof(vector),
                bytes(vector, "root1"),
                bytes(vector, "root2"));
    }

    private static boolean subtreeIncludes(JsonObject vector) {
        return MerkleProofs.verifySubtreeInclusion(
                bytes(vector, "leafHash"),
                number(vector, "leafIdx"),
                number(vector, "start"),
                number(vector, "end"),
                proof(vector),
                bytes(vector, "root"));
    }

    private static boolean isSubtreeConsistent(JsonObject vector) {
        return MerkleProofs.verifySubtreeConsistency(
                number(vector, "start"),
                number(vector, "end"),
                number(vector, "size"),
                proof(vector),
                bytes(vector, "root1"),
                bytes(vector, "root2"));
    }

    private static Stream<DynamicTest> cases(String folder, Check check) {
        return files(VECTORS.resolve(folder)).stream()
                .map(file ->
                        DynamicTest.dynamicTest(
                                VECTORS.relativize(file).toString(),
                                () -> assertVerdict(file, check)));
    }

    private static void assertVerdict(Path file, Check check) throws IOException {
        JsonObject vector = (JsonObject) JsonReader.parse(Files.readAllBytes(file));
        boolean refused = vector.bool("wantErr").orElseThrow();

        assertThat(check.holds(vector)).isEqualTo(!refused);
    }

    private static List<Path> files(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sizes are signed here: what the vectors have above 2^53, all of it refused, becomes −1. */
    private static long number(JsonObject vector, String name) {
        assertThat(vector.get(name)).as(name).isPresent();
        return vector.integer(name).orElse(-1);
    }

    private static byte[] bytes(JsonObject vector, String name) {
        return StrictBase64.decode(vector.text(name).orElseThrow());
    }

    private static List<byte[]> proof(JsonObject vector) {
        return vector.array("proof").map(JsonArray::values).orElse(List.of()).stream()
                .map(hash -> StrictBase64.decode(((JsonString) hash).value()))
                .toList();
    }
}
