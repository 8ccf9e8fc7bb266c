package dev.mapsovereign.auditlog.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class RangeFilesTest {
    private static final long[] SIZES = {
        0, 1, 2, 255, 256, 257, 300, 511, 512, 513, 65_535, 65_536, 65_537, 65_792, 131_072, 131_200
    };

    /** Names every file as level/index/width, entries as level e. */
    private static List<String> visited(long from, long to) {
        List<String> files = new ArrayList<>();
        RangeFiles.visit(
                from,
                to,
                new RangeFiles.Visitor<RuntimeException>() {
                    @Override
                    public void beginning(int level, long index, int width) {
                        files.add(level + "/" + index + "/" + width);
                    }

                    @Override
                    public void leaves(long index, int width) {
                        files.add("0/" + index + "/" + width);
                    }

                    @Override
                    public void entries(long index, int width) {
                        assertThat(files.getLast()).isEqualTo("0/" + index + "/" + width);
                        files.add("e/" + index + "/" + width);
                    }

                    @Override
                    public void above(int level, long index, int width) {
                        files.add(level + "/" + index + "/" + width);
                    }
                });
        return files;
    }

    /** The definition of the bundle's page, word by word and slowly. */
    private static Set<String> defined(long from, long to) {
        Set<String> files = new HashSet<>();
        for (int level = 0; level < 3; level++) {
            long span = (long) Math.pow(256, level);
            for (long size : new long[] {from, to}) {
                long width = Math.floorDiv(size, span) % 256;
                if (width > 0) {
                    files.add(level + "/" + size / (span * 256) + "/" + width);
                }
            }
            for (long index = 0; (index + 1) * span * 256 <= to; index++) {
                if ((index + 1) * span * 256 > from) {
                    files.add(level + "/" + index + "/256");
                    if (level == 0) {
                        files.add("e/" + index + "/256");
                    }
                }
            }
        }
        if (from < to && to % 256 > 0) {
            files.add("e/" + to / 256 + "/" + to % 256);
        }
        return files;
    }

    @Test
    void visit_anyRange_givesEachDefinedFileOnce() {
        for (long from : SIZES) {
            for (long to : SIZES) {
                if (from <= to) {
                    List<String> files = visited(from, to);
                    assertThat(files)
                            .as("%d to %d", from, to)
                            .doesNotHaveDuplicates()
                            .containsExactlyInAnyOrderElementsOf(defined(from, to));
                }
            }
        }
    }

    @Test
    void visit_acrossATileOfLevelOne_givesItBehindTheEntriesThatCompleteIt() {
        assertThat(visited(65_535, 65_537))
                .containsExactly(
                        "0/255/255",
                        "1/0/255",
                        "0/255/256",
                        "e/255/256",
                        "1/0/256",
                        "0/256/1",
                        "e/256/1",
                        "2/0/1");
    }

    @Test
    void hasTile_hasEntries_areTrueForTheVisitedAlone() {
        for (long from : SIZES) {
            for (long to : SIZES) {
                if (from <= to && to < 1000) {
                    Set<String> defined = defined(from, to);
                    for (int index = 0; index < 5; index++) {
                        for (int width = 1; width <= 256; width++) {
                            String at = "/" + index + "/" + width;
                            assertThat(RangeFiles.hasEntries(from, to, index, width))
                                    .isEqualTo(defined.contains("e" + at));
                            for (int level = 0; level < 3; level++) {
                                assertThat(RangeFiles.hasTile(from, to, level, index, width))
                                        .as("%d to %d: %d%s", from, to, level, at)
                                        .isEqualTo(defined.contains(level + at));
                            }
                        }
                    }
                }
            }
        }
    }
}
