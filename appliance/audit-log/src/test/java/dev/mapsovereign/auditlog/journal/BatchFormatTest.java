package dev.mapsovereign.auditlog.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchFormatTest {
    private static final byte[] DIGEST = filled(7);
    private static final BatchHeader HEADER =
            new BatchHeader(
                    BatchHeader.Kind.DATA,
                    1000,
                    new Place(3, 8192),
                    17,
                    new Place(2, 4096),
                    1_700_000_000_000_000L,
                    5,
                    DIGEST,
                    -42,
                    List.of(
                            new ChainHead(1, 4, 100, filled(1), filled(2)),
                            new ChainHead(9, 1, 0, filled(0), filled(3))));

    @Test
    void header_encoded_readsBackTheSame() {
        byte[] bytes = HEADER.encode();
        assertThat(bytes).hasSize(112 + 2 * 80);
        BatchHeader again = BatchHeader.parse(bytes, bytes.length).orElseThrow();
        assertThat(again.encode()).isEqualTo(bytes);
        assertThat(again.at()).isEqualTo(HEADER.at());
        assertThat(again.extent()).isEqualTo(4096);
        assertThat(again.end()).isEqualTo(new Place(3, 12_288));
        assertThat(BatchHeader.claimedLength(Arrays.copyOf(bytes, 4096))).contains(bytes.length);
    }

    @Test
    void header_anyBitFlipped_isNone() {
        byte[] bytes = HEADER.encode();
        for (int bit = 0; bit < 8 * bytes.length; bit++) {
            byte[] bad = bytes.clone();
            bad[bit / 8] ^= (byte) (1 << (bit % 8));
            boolean taken =
                    BatchHeader.claimedLength(Arrays.copyOf(bad, 4096))
                            .filter(length -> length <= bad.length)
                            .flatMap(length -> BatchHeader.parse(bad, length))
                            .isPresent();
            assertThat(taken).as("bit %d", bit).isFalse();
        }
    }

    @Test
    void segmentHeader_anyBitFlipped_isDamage() throws Exception {
        SegmentHeader header =
                new SegmentHeader(
                        3, new byte[16], 64 << 20, 12_288, 17, DIGEST, 1, "site.1a2b3c4d");
        byte[] page = header.encode();
        SegmentHeader again = SegmentHeader.parse(page, "file");
        assertThat(again.encode()).isEqualTo(page);
        assertThat(again.node()).isEqualTo("site.1a2b3c4d");
        for (int bit = 0; bit < 8 * page.length; bit += 3) {
            byte[] bad = page.clone();
            bad[bit / 8] ^= (byte) (1 << (bit % 8));
            assertThatThrownBy(() -> SegmentHeader.parse(bad, "file"))
                    .isInstanceOf(JournalDamageException.class);
        }
    }

    private static byte[] filled(int value) {
        byte[] hash = new byte[32];
        Arrays.fill(hash, (byte) value);
        return hash;
    }
}
