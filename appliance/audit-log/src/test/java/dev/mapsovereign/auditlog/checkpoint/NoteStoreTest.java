package dev.mapsovereign.auditlog.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditlog.journal.JournalDamageException;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.base.note.VerifierKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NoteStoreTest {
    private static final TenantId ACME = TenantId.of("acme");
    private static final TenantId BOLT = TenantId.of("bolt");
    private static final LogSigner SIGNER = signer("site.1a2b3c4d/acme", 0);

    @TempDir Path folder;

    @Test
    void append_reopened_hasTheNewestOfEach() throws Exception {
        SignedNote acme = note(1);
        SignedNote bolt = note(2);
        SignedNote newer = note(3);
        try (NoteStore store = open()) {
            store.append(Map.of(ACME, acme, BOLT, bolt));
            store.append(Map.of(ACME, newer));
            assertThat(store.newest()).isEqualTo(Map.of(ACME, newer, BOLT, bolt));
        }
        try (NoteStore store = open()) {
            assertThat(store.newest()).isEqualTo(Map.of(ACME, newer, BOLT, bolt));
            store.append(Map.of(BOLT, note(4)));
        }
        assertThat(files()).hasSize(1);
        try (NoteStore store = open()) {
            assertThat(store.newest().get(ACME)).isEqualTo(newer);
        }
    }

    @Test
    void append_beyondTheBound_beginsAShorterFile() throws Exception {
        long longest = 0;
        try (NoteStore store = NoteStore.open(folder, 20_000)) {
            store.append(Map.of(BOLT, note(1)));
            for (int size = 1; size <= 30; size++) {
                store.append(Map.of(ACME, note(size)));
                longest = Math.max(longest, Files.size(files().getLast()));
            }
        }
        assertThat(longest).isBetween(20_000L, 30_000L);
        assertThat(files()).hasSize(1);
        try (NoteStore store = open()) {
            assertThat(store.newest()).containsOnlyKeys(ACME, BOLT);
        }
    }

    @Test
    void open_lastFrameTornAtAnyByte_keepsTheOneBefore() throws Exception {
        try (NoteStore store = open()) {
            store.append(Map.of(ACME, note(1)));
            store.append(Map.of(ACME, note(2)));
        }
        Path file = files().getLast();
        byte[] whole = Files.readAllBytes(file);
        for (int length = whole.length / 2; length < whole.length; length += 13) {
            Files.write(file, Arrays.copyOf(whole, length));
            try (NoteStore store = open()) {
                SignedNote newest = store.newest().get(ACME);
                assertThat(newest == null ? "" : newest.text()).contains("\n1\n");
            }
        }
    }

    @Test
    void open_frameBrokenBeforeOthers_isDamage() throws Exception {
        try (NoteStore store = open()) {
            store.append(Map.of(ACME, note(1)));
            store.append(Map.of(ACME, note(2)));
        }
        Path file = files().getLast();
        byte[] bytes = Files.readAllBytes(file);
        for (int at = 0; at < bytes.length / 2; at += 101) {
            byte[] bad = bytes.clone();
            bad[at] ^= 16;
            Files.write(file, bad);
            assertThatThrownBy(this::open)
                    .as("byte %d", at)
                    .isInstanceOf(JournalDamageException.class);
        }
    }

    @Test
    void signer_twoLines_ed25519ThenMlDsa44() {
        SignedNote note = note(5);
        assertThat(note.signatures()).hasSize(2);
        assertThat(SIGNER.keys()).extracting(VerifierKey::type).containsExactly((byte) 1, (byte) 6);
        for (int line = 0; line < 2; line++) {
            assertThat(note.signatures().get(line).keyId())
                    .isEqualTo(SIGNER.keys().get(line).keyId());
            assertThat(note.signatures().get(line).name()).isEqualTo("site.1a2b3c4d/acme");
        }
        assertThat(SIGNER.keys()).allMatch(key -> note.verifies(key, Ed25519.jdk()));
        assertThat(signer("site.1a2b3c4d/acme", 1).keys())
                .noneMatch(key -> note.verifies(key, Ed25519.jdk()));
    }

    @Test
    void signer_withTheNextEpoch_fourLinesOldKeysFirst() {
        LogSigner next = signer("site.1a2b3c4d/acme", 1);
        SignedNote note = SIGNER.signWith(next, 5, new byte[32]);
        List<VerifierKey> both = new java.util.ArrayList<>(SIGNER.keys());
        both.addAll(next.keys());
        assertThat(note.signatures())
                .extracting(line -> line.keyId())
                .isEqualTo(both.stream().map(VerifierKey::keyId).toList());
        assertThat(both).allMatch(key -> note.verifies(key, Ed25519.jdk()));
    }

    @Test
    void signer_everyOriginAndEpoch_hasKeysOfItsOwn() {
        Set<String> keys = new HashSet<>();
        for (String origin : List.of("a.00000000/x", "a.00000000/y", "b.00000000/x")) {
            for (int epoch = 0; epoch < 2; epoch++) {
                signer(origin, epoch)
                        .keys()
                        .forEach(key ->
                                keys.add(java.util.HexFormat.of().formatHex(key.publicKey())));
            }
        }
        assertThat(keys).hasSize(12);
        assertThat(signer("a.00000000/x", 0).keys()).isEqualTo(signer("a.00000000/x", 0).keys());
    }

    private NoteStore open() throws Exception {
        return NoteStore.open(folder, 1 << 20);
    }

    private List<Path> files() throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private static SignedNote note(long size) {
        SignedNote note = SIGNER.sign(size, new byte[32]);
        assertThat(Checkpoint.parse(note.text()).size()).isEqualTo(size);
        return note;
    }

    private static LogSigner signer(String origin, int epoch) {
        return new LogSigner(
                Secret.copyOf(new byte[32]), origin, epoch, Ed25519.jdk(), Clock.systemUTC());
    }
}
