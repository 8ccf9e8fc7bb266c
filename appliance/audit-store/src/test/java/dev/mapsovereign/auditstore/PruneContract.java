package dev.mapsovereign.auditstore;

import static dev.mapsovereign.auditstore.LogUnderTest.ACME;
import static dev.mapsovereign.auditstore.LogUnderTest.ZETA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditlog.prune.IndexRange;
import dev.mapsovereign.auditlog.prune.Prune;
import dev.mapsovereign.auditlog.prune.RecordPrunedException;
import dev.mapsovereign.base.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pruned records have no rows, and none is missed; on whichever product. */
abstract class PruneContract extends StoreUnderTest {
    private static final int RECORDS = 900;
    private static final IndexRange HOLE = new IndexRange(256, 512);
    private static final Prune PRUNE = new Prune(ACME, new IndexRange(0, 768), List.of(HOLE), 1000);

    @BeforeEach
    void fill() {
        log.append(ACME, RECORDS);
        log.append(ZETA, 5);
        awaitCaughtUp();
    }

    private void prune() {
        var _ = log.log().prune(PRUNE, JsonObject.EMPTY);
    }

    private long removeRows() {
        RowRemoval rows = new RowRemoval(database, log.log().node());
        return PRUNE.removed().stream().mapToLong(each -> rows.remove(ACME, each)).sum();
    }

    /** Through pages of seven, in both orders. */
    private void expectKeptAlone(long size) {
        List<Long> kept =
                LongStream.concat(LongStream.range(256, 512), LongStream.range(768, size))
                        .boxed()
                        .toList();
        assertThat(all(false)).isEqualTo(kept);
        assertThat(all(true)).isEqualTo(kept.reversed());
    }

    private List<Long> all(boolean newestFirst) {
        List<Long> indexes = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        do {
            AuditPage page =
                    index.query(
                            AuditQuery.builder(ACME)
                                    .newestFirst(newestFirst)
                                    .limit(7)
                                    .cursor(cursor)
                                    .build());
            page.rows().forEach(row -> indexes.add(row.index()));
            cursor = page.nextCursor();
        } while (cursor.isPresent());
        return indexes;
    }

    @Test
    void query_prunedRecords_areNeitherFoundNorMissed() throws Exception {
        prune();
        expectKeptAlone(RECORDS);
        assertThat(removeRows()).isEqualTo(512);
        assertThat(removeRows()).isZero();
        log.log().removePruned(PRUNE);
        expectKeptAlone(RECORDS);
        log.append(ACME, 3);
        await(() -> projection.lag().records() == 0);
        expectKeptAlone(RECORDS + 3);
        AuditPage within =
                index.query(
                        AuditQuery.builder(ACME)
                                .indexFrom(OptionalLong.of(10))
                                .indexTo(OptionalLong.of(200))
                                .build());
        assertThat(within.rows()).isEmpty();
        assertThatThrownBy(() -> index.leaves(ACME, 3, 1))
                .isInstanceOf(RecordPrunedException.class);
        DatabaseReport report =
                new DatabaseVerification(database, log.log(), projection).run((done, total) -> {});
        assertThat(report.findings()).isEmpty();
    }

    @Test
    void verify_rowsLeftBehindOrMissing_areNamed() throws Exception {
        prune();
        DatabaseVerification verification =
                new DatabaseVerification(database, log.log(), projection);
        assertThat(verification.run((done, total) -> {}).findings())
                .anySatisfy(finding ->
                        assertThat(finding.finding()).contains("pruned, the row is still there"));
        removeRows();
        var _ = new RowRemoval(database, log.log().node()).remove(ACME, new IndexRange(300, 301));
        assertThat(
                        new DatabaseVerification(database, log.log(), projection)
                                .run((done, total) -> {})
                                .findings())
                .singleElement()
                .satisfies(finding -> assertThat(finding.index()).isEqualTo(300));
        assertThatThrownBy(() -> all(false)).isInstanceOf(AuditMismatchException.class);
    }

    @Test
    void rebuild_ofAPrunedLog_bringsWhatIsKept() throws Exception {
        prune();
        removeRows();
        log.log().removePruned(PRUNE);
        projection.rebuild((done, total) -> {});
        expectKeptAlone(RECORDS);
        assertThat(
                        new DatabaseVerification(database, log.log(), projection)
                                .run((done, total) -> {})
                                .findings())
                .isEmpty();
        assertThat(projection.followed().compareTo(log.log().status().built())).isLessThan(1);
        projection.close();
        log.reopen();
        index = new AuditIndex(database, log.log());
        startProjection();
        expectKeptAlone(RECORDS);
    }

    @Test
    void timeline_otherNodePruned_saysWhatCannotBeLinked() {
        prune();
        removeRows();
        try (LogUnderTest other = new LogUnderTest(folder.resolve("other"), "two")) {
            other.log().createTenant(ACME);
            await(() -> projection.lag().records() == 0);
            TenantTimeline seen = new AuditIndex(database, other.log()).timeline();
            AuditQuery query = AuditQuery.builder(ACME).newestFirst(false).limit(400).build();
            List<TenantTimeline.Entry> entries = seen.page(query).entries();
            assertThat(entries)
                    .filteredOn(entry -> entry.standing() == TenantTimeline.Standing.UNLINKED)
                    .extracting(TenantTimeline.Entry::index)
                    .containsExactly(256L, 768L);
            assertThat(entries)
                    .noneMatch(entry -> entry.standing() == TenantTimeline.Standing.BROKEN);
            assertThat(index.timeline().page(query).entries())
                    .hasSize(RECORDS - 512)
                    .allMatch(entry -> entry.standing() == TenantTimeline.Standing.VERIFIED);
        }
    }

    @Test
    void followed_whatIsDurableInTheDatabase_isTold() {
        await(() -> projection.followed().compareTo(log.log().status().durable()) <= 0);
        assertThat(projection.lag().age()).isEqualTo(Duration.ZERO);
    }
}
