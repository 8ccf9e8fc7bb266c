package dev.mapsovereign.auditstore;

import static dev.mapsovereign.auditstore.LogUnderTest.ACME;
import static dev.mapsovereign.auditstore.LogUnderTest.ALICE;
import static dev.mapsovereign.auditstore.LogUnderTest.BEGINNING;
import static dev.mapsovereign.auditstore.LogUnderTest.ZETA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mapsovereign.auditlog.record.AuditRecord;
import dev.mapsovereign.auditlog.record.ChainRule;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.crypto.StrictBase64;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.merkle.MerkleHash;
import dev.mapsovereign.base.merkle.Tiles;
import dev.mapsovereign.migrations.Migrator;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Projection and index on whichever product, over a real log. */
abstract class AuditStoreContract extends StoreUnderTest {
    @Test
    void query_afterAnAppend_findsThatRecordAtOnce() {
        for (int i = 0; i < 20; i++) {
            CorrelationId id = log.append(ACME);
            AuditPage page = query(q -> q.correlationId(Optional.of(id.toString())));
            while (page.asOf() < page.logSize()) {
                // The machine was too busy for the second that a page waits; it says so.
                page = query(q -> q.correlationId(Optional.of(id.toString())));
            }
            assertThat(indexes(page)).containsExactly((long) i);
        }
    }

    @Test
    void query_rows_areTheLogsOwnBytes() {
        log.append(ACME, 3);
        log.append(ACME, "MIM", "message_send", AuditOutcome.REFUSED);
        AuditPage page = query(q -> q);
        assertThat(indexes(page)).containsExactly(3L, 2L, 1L, 0L);
        assertThat(page.asOf()).isEqualTo(4).isEqualTo(page.logSize());
        assertThat(page.nextCursor()).isEmpty();
        for (AuditRow row : page.rows()) {
            assertThat(row.record()).isEqualTo(log.log().record(ACME, row.index()));
            assertThat(row.recordHash()).isEqualTo(log.log().recordHash(ACME, row.index()));
            assertThat(row.node()).isEqualTo(log.log().node());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "protocol, MIM, 1 4",
        "operation, message_send, 1",
        "operation, message_receive, 4",
        "outcome, refused, 4",
        "eventType, SecurityViolation, 4",
        "callerDid, did:oas:l1fe:agent:alice, 4",
        "protocol, mim, ''",
        "callerDid, %, ''"
    })
    void query_oneCondition_isHeld(String condition, String value, String expected) {
        appendFive();
        AuditPage page =
                query(q -> {
                    Optional<String> wanted = Optional.of(value);
                    return switch (condition) {
                        case "protocol" -> q.protocol(wanted);
                        case "operation" -> q.operation(wanted);
                        case "outcome" -> q.outcome(wanted);
                        case "eventType" -> q.eventType(wanted);
                        default -> q.callerDid(wanted);
                    };
                });
        List<Long> indexes =
                expected.isEmpty()
                        ? List.of()
                        : List.of(expected.split(" ")).stream().map(Long::valueOf).toList();
        assertThat(indexes(page)).containsExactlyInAnyOrderElementsOf(indexes);
    }

    @Test
    void query_timesAndIndexes_includeTheFirstAndExcludeTheLast() {
        appendFive(); // at 1, 2, 3, 4 and 5 seconds
        assertThat(
                        indexes(
                                query(q ->
                                        q.from(Optional.of(BEGINNING.plusSeconds(2)))
                                                .to(Optional.of(BEGINNING.plusSeconds(4)))
                                                .newestFirst(false))))
                .containsExactly(1L, 2L);
        assertThat(indexes(query(q -> q.indexFrom(OptionalLong.of(1)).indexTo(OptionalLong.of(4)))))
                .containsExactly(3L, 2L, 1L);
    }

    @Test
    void query_otherTenant_seesOnlyItsOwn() {
        log.append(ACME, 2);
        log.append(ZETA, 1);
        assertThat(indexes(index.query(AuditQuery.builder(ZETA).build()))).containsExactly(0L);
        assertThat(index.query(AuditQuery.builder(TenantId.NODE).build()).rows())
                .extracting(row -> AuditRecord.parse(row.record()).eventType())
                .contains(EventType.TENANT_CREATED.wire());
        assertThatThrownBy(() -> index.query(AuditQuery.builder(TenantId.of("none")).build()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void query_pagesWhileRecordsCome_eachOnceAndNoneNew(boolean newestFirst) {
        log.append(ACME, 25);
        List<Long> seen = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        do {
            Optional<String> here = cursor;
            AuditPage page = query(q -> q.newestFirst(newestFirst).limit(7).cursor(here));
            assertThat(page.asOf()).isEqualTo(25);
            seen.addAll(indexes(page));
            cursor = page.nextCursor();
            log.append(ACME, 3);
        } while (cursor.isPresent());
        List<Long> expected = new ArrayList<>(LongStream.range(0, 25).boxed().toList());
        assertThat(seen).isEqualTo(newestFirst ? expected.reversed() : expected);
    }

    @Test
    void query_cursorOfAnotherQueryOrInventedOrAltered_isRefused() {
        log.append(ACME, 5);
        String cursor = query(q -> q.limit(2)).nextCursor().orElseThrow();
        assertThat(indexes(query(q -> q.limit(3).cursor(Optional.of(cursor)))))
                .as("the limit may change")
                .containsExactly(2L, 1L, 0L);
        for (String wrong : List.of("", "x", cursor + "=", cursor.substring(1), "MSAxIDE")) {
            assertThatThrownBy(() -> query(q -> q.cursor(Optional.of(wrong))))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() ->
                        query(q -> q.protocol(Optional.of("MAX")).cursor(Optional.of(cursor))))
                .hasMessageContaining("another query");
        assertThatThrownBy(() ->
                        index.query(AuditQuery.builder(ZETA).cursor(Optional.of(cursor)).build()))
                .hasMessageContaining("another query");
    }

    @Test
    void query_asOfAnEarlierSize_answersTheLogAsItWas() {
        log.append(ACME, 9);
        awaitCaughtUp();
        assertThat(indexes(query(q -> q.asOf(OptionalLong.of(4))))).containsExactly(3L, 2L, 1L, 0L);
        assertThat(query(q -> q.asOf(OptionalLong.of(4))).asOf()).isEqualTo(4);
        assertThat(indexes(query(q -> q.asOf(OptionalLong.of(0))))).isEmpty();
        assertThatThrownBy(() -> query(q -> q.asOf(OptionalLong.of(10))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("never had 10");
        String cursor = query(q -> q.asOf(OptionalLong.of(4)).limit(1)).nextCursor().orElseThrow();
        assertThatThrownBy(() -> query(q -> q.asOf(OptionalLong.of(5)).cursor(Optional.of(cursor))))
                .hasMessageContaining("another query");
    }

    @Test
    void query_asOfASizeThatTheIndexHasNotReached_saysSoAndRecordsNoViolation() {
        log.append(ACME, 3);
        awaitCaughtUp();
        String cursor = query(q -> q.limit(1)).nextCursor().orElseThrow();
        projection.close();
        log.append(ACME, 3);
        execute(where("DELETE FROM audit_chain WHERE WHERE_2"));
        long before = violations();
        assertThatThrownBy(() -> query(q -> q.asOf(OptionalLong.of(6))))
                .isInstanceOf(IndexBehindException.class);
        assertThatThrownBy(() -> query(q -> q.cursor(Optional.of(cursor))))
                .isInstanceOf(IndexBehindException.class);
        assertThat(violations()).isEqualTo(before);
    }

    /** A cursor is the caller's to change: it must not make rows look as if they were missing. */
    @Test
    void query_cursorThatClaimsAnotherSize_isRefusedAndRecordsNoViolation() {
        log.append(ACME, 5);
        String cursor = query(q -> q.limit(2)).nextCursor().orElseThrow();
        String[] parts =
                new String(StrictBase64.decodeUrl(cursor), StandardCharsets.US_ASCII).split(" ");
        long before = violations();
        for (String size : List.of("6", "999999999999999999")) {
            String forged =
                    StrictBase64.encodeUrl(
                            String.join(" ", parts[0], size, parts[2], parts[3])
                                    .getBytes(StandardCharsets.US_ASCII));
            assertThatThrownBy(() -> query(q -> q.cursor(Optional.of(forged))))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(violations()).isEqualTo(before);
    }

    /** What bundle, tile and row agree upon is compared with the tree above. */
    @Test
    void query_recordChangedInBundleTileAndRowAlike_isRefusedNamedAndRecorded() throws Exception {
        log.append(ACME, 520);
        awaitCaughtUp();
        Path tiles = folder.resolve("audit/logs/acme/tile");
        // Once the second tile is there, the first is read from its files.
        await(() -> Files.isRegularFile(tiles.resolve("0/001")));
        byte[] bundle = Files.readAllBytes(tiles.resolve("entries/000"));
        List<byte[]> entries = new ArrayList<>(Tiles.decodeBundle(bundle, Tiles.WIDTH));
        byte[] leaf =
                new String(entries.get(10), StandardCharsets.ISO_8859_1)
                        .replace("audit_query", "audit_querY")
                        .getBytes(StandardCharsets.ISO_8859_1);
        entries.set(10, leaf);
        Files.write(tiles.resolve("entries/000"), Tiles.encodeBundle(entries));
        byte[] tile = Files.readAllBytes(tiles.resolve("0/000"));
        System.arraycopy(MerkleHash.leaf(leaf), 0, tile, 10 * 32, 32);
        Files.write(tiles.resolve("0/000"), tile);
        changeRow(10, ChainRule.record(leaf), ChainRule.recordHash(leaf));

        long before = violations();
        assertThatThrownBy(() ->
                        query(q -> q.indexFrom(OptionalLong.of(10)).indexTo(OptionalLong.of(11))))
                .isInstanceOfSatisfying(
                        AuditMismatchException.class, e -> assertThat(e.index()).isEqualTo(10))
                .hasMessageContaining("its tree");
        assertThat(violations()).isEqualTo(before + 1);
        assertThat(indexes(query(q -> q.indexFrom(OptionalLong.of(500))))).hasSize(20);
    }

    private void changeRow(long index, byte[] record, byte[] hash) {
        database.write(connection -> {
            try (PreparedStatement update =
                    connection.prepareStatement(
                            "UPDATE audit_chain SET record = ?, record_hash = ?,"
                                    + " operation = 'audit_querY'"
                                    + " WHERE tenant_id = 'acme' AND idx = ?")) {
                update.setBytes(1, record);
                update.setBytes(2, hash);
                update.setLong(3, index);
                return update.executeUpdate();
            }
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "UPDATE audit_chain SET record = CAST('x' AS bytea) WHERE WHERE_2 | record differs",
                "UPDATE audit_chain SET record_hash = (SELECT record_hash FROM audit_chain"
                        + " WHERE WHERE_1) WHERE WHERE_2 | record hash differs",
                "UPDATE audit_chain SET outcome = 'success', code = NULL WHERE WHERE_4"
                        + " | column says something else",
                "UPDATE audit_chain SET caller_did = 'did:oas:l1fe:agent:mallory' WHERE WHERE_2"
                        + " | column says something else",
                "UPDATE audit_chain SET recorded_at = recorded_at + INTERVAL '1' SECOND"
                        + " WHERE WHERE_2 | column says something else",
                "DELETE FROM audit_chain WHERE WHERE_2 | missing",
                "DELETE FROM audit_chain WHERE tenant_id = 'acme' AND idx < 2 | missing"
            })
    void query_rowChangedByHand_isRefusedNamedAndRecordedOnce(String sql, String finding) {
        appendFive();
        awaitCaughtUp();
        execute(where(sql));
        long violations = violations();
        for (int again = 0; again < 3; again++) {
            assertThatThrownBy(() -> query(q -> q))
                    .isInstanceOfSatisfying(
                            AuditMismatchException.class,
                            e -> assertThat(e.tenant()).isEqualTo(ACME))
                    .hasMessageContaining(finding)
                    .hasMessageContaining("tenant acme");
        }
        assertThat(violations()).isEqualTo(violations + 1);
        assertThat(lastOf(TenantId.NODE))
                .contains("\"tenant_id\":\"acme\"", "\"event_type\":\"SecurityViolation\"");
        assertThat(verify())
                .anySatisfy(found -> {
                    assertThat(found.tenant()).isEqualTo("acme");
                    assertThat(found.finding()).contains(finding);
                });
    }

    @Test
    void query_rowInvented_isRefused() {
        appendFive();
        awaitCaughtUp();
        execute(
                where(
                        "INSERT INTO audit_chain (node, tenant_id, idx, recorded_at, event_type,"
                                + " outcome, record_hash, record) SELECT node, tenant_id, idx + 9,"
                                + " recorded_at, event_type, 'success', record_hash, record FROM"
                                + " audit_chain WHERE WHERE_2"));
        assertThat(verify())
                .containsExactly(new DatabaseFinding("acme", 11, "the log has no such record"));
        log.append(ACME, 10);
        assertThatThrownBy(() -> query(q -> q.outcome(Optional.of("success"))))
                .isInstanceOf(AuditMismatchException.class);
    }

    @Test
    void verify_everythingAsInTheLog_findsNothingAndTellsHowFar() throws Exception {
        log.append(ACME, 30);
        awaitCaughtUp();
        List<Long> told = new ArrayList<>();
        DatabaseReport report =
                new DatabaseVerification(database, log.log(), projection)
                        .run((done, total) -> told.add(total - done));
        assertThat(report.differences()).isZero();
        assertThat(report.records()).isEqualTo(log.size(ACME) + log.size(TenantId.NODE));
        assertThat(report.otherNodes()).isEmpty();
        assertThat(told).isNotEmpty().endsWith(0L);
    }

    @Test
    void verify_missingChangedAndExtra_eachIsNamed() throws Exception {
        log.append(ACME, 600);
        log.append(ZETA, 2);
        awaitCaughtUp();
        execute("DELETE FROM audit_chain WHERE tenant_id = 'acme' AND idx IN (0, 255, 256, 599)");
        execute("UPDATE audit_chain SET outcome = 'error' WHERE tenant_id = 'acme' AND idx = 300");
        execute(
                copyOf("acme", 7)
                        .formatted("node, tenant_id, idx, recorded_at + INTERVAL '1' SECOND"));
        execute(copyOf("zeta", 1).formatted("node, tenant_id, 2, recorded_at"));
        execute(copyOf("zeta", 1).formatted("node, 'Nobody', 5, recorded_at"));
        execute(copyOf("zeta", 1).formatted("'other.00000000', tenant_id, 0, recorded_at"));
        long violations = violations();
        DatabaseReport report =
                new DatabaseVerification(database, log.log(), projection).run((done, all) -> {});
        String missing = "its row is missing";
        String differs = "a column says something else than the record";
        String extra = "the log has no such record";
        assertThat(report.findings())
                .containsExactlyInAnyOrder(
                        new DatabaseFinding("acme", 0, missing),
                        new DatabaseFinding("acme", 7, differs),
                        new DatabaseFinding("acme", 255, missing),
                        new DatabaseFinding("acme", 256, missing),
                        new DatabaseFinding("acme", 300, differs),
                        new DatabaseFinding("acme", 599, missing),
                        new DatabaseFinding("zeta", 2, extra),
                        new DatabaseFinding("Nobody", 5, extra));
        assertThat(report.differences()).isEqualTo(8);
        assertThat(report.otherNodes()).containsExactly("other.00000000");
        assertThat(violations()).as("one record for all of them").isEqualTo(violations + 1);
        assertThat(lastOf(TenantId.NODE)).contains("\"differences\":\"8\"");
        projection.rebuild((done, total) -> {});
        assertThat(verify()).isEmpty();
    }

    @Test
    void verify_newestRowsRemovedWhileNobodyProjects_areMissed() {
        log.append(ACME, 4);
        awaitCaughtUp();
        projection.close();
        execute("DELETE FROM audit_chain WHERE tenant_id = 'acme' AND idx >= 2");
        startProjection();
        assertThat(verify())
                .extracting(DatabaseFinding::index, DatabaseFinding::finding)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(2L, "its row is missing"),
                        org.assertj.core.groups.Tuple.tuple(3L, "its row is missing"));
    }

    @Test
    void rebuild_tablesDroppedUnderTheProjection_areMadeAgainAndFilled() throws Exception {
        log.append(ACME, 5);
        log.append(ZETA, 2);
        awaitCaughtUp();
        execute("DROP TABLE audit_chain CASCADE");
        execute("DROP TABLE audit_projection");
        log.append(ACME, 2);
        await(() -> !projection.healthy());
        Migrator migrator = new Migrator(database);
        migrator.restore((migration, number, total) -> {});
        projection.rebuild((done, total) -> {});
        assertThat(verify()).isEmpty();
        assertThat(count("audit_chain"))
                .isEqualTo(log.size(ACME) + log.size(ZETA) + log.size(TenantId.NODE));
        List<Integer> again = new ArrayList<>();
        migrator.restore((migration, number, total) -> again.add(number));
        assertThat(again).as("nothing is missing").isEmpty();
    }

    @Test
    void timeline_twoNodes_isOneInTheOrderOfTheirClocks() {
        log.append(ACME, 3);
        try (LogUnderTest other = new LogUnderTest(folder.resolve("other"), "two");
                AuditProjection second = new AuditProjection(other.log(), database)) {
            second.start();
            other.append(ACME, 4);
            awaitCaughtUp();
            await(() -> second.healthy() && second.lag().records() == 0);
            TenantTimeline timeline = index.timeline();
            String one = log.log().node();
            String two = other.log().node();
            List<String> rising =
                    List.of(
                            one + " 0",
                            two + " 0",
                            one + " 1",
                            two + " 1",
                            one + " 2",
                            two + " 2",
                            two + " 3");
            assertThat(places(timeline, timelineOf(false)))
                    .as("both clocks begin alike and go on by a second a record")
                    .isEqualTo(rising);
            assertThat(places(timeline, timelineOf(true))).isEqualTo(rising.reversed());
            assertThat(timeline.page(timelineOf(false).withPage(100, Optional.empty())).entries())
                    .allSatisfy(entry ->
                            assertThat(entry.standing())
                                    .isEqualTo(
                                            entry.node().equals(one)
                                                    ? TenantTimeline.Standing.VERIFIED
                                                    : TenantTimeline.Standing.LINKED));
            execute(
                    "UPDATE audit_chain SET outcome = 'error' WHERE tenant_id = 'acme'"
                            + " AND idx = 2 AND node = '"
                            + one
                            + "'");
            execute(
                    "UPDATE audit_chain SET record = CAST('x' AS bytea) WHERE tenant_id = 'acme'"
                            + " AND idx = 1 AND node = '"
                            + two
                            + "'");
            long before = log.size(TenantId.NODE);
            for (int look = 0; look < 2; look++) {
                assertThat(
                                timeline.page(timelineOf(false).withPage(100, Optional.empty()))
                                        .entries())
                        .filteredOn(entry -> entry.standing() == TenantTimeline.Standing.BROKEN)
                        .allSatisfy(entry -> assertThat(entry.record()).isEmpty())
                        .extracting(entry -> entry.node() + " " + entry.index())
                        .containsExactly(two + " 1", one + " 2");
            }
            assertThat(log.size(TenantId.NODE)).as("recorded once each").isEqualTo(before + 2);
        }
    }

    @Test
    void timeline_cursorThatIsNoneOfItsPages_isRefused() {
        log.append(ACME, 3);
        awaitCaughtUp();
        TenantTimeline timeline = index.timeline();
        AuditQuery question = timelineOf(false);
        String good =
                timeline.page(question.withPage(1, Optional.empty())).nextCursor().orElseThrow();
        String plain = new String(StrictBase64.decodeUrl(good), StandardCharsets.US_ASCII);
        String[] parts = plain.split(" ");
        for (String forged :
                List.of(
                        plain.replace(parts[1], "+999999999-12-31T23:59:59Z"),
                        plain.replace(parts[1], "2026-99-99T00:00:00Z"),
                        plain.replace(parts[2], "a\0b"),
                        plain.replace(parts[2], "x".repeat(300)),
                        plain.replace(" " + parts[3] + " ", " 9999999999999999999 "),
                        plain.replace("t1", "1"),
                        plain + " ")) {
            String cursor = StrictBase64.encodeUrl(forged.getBytes(StandardCharsets.US_ASCII));
            assertThatThrownBy(() -> timeline.page(question.withPage(1, Optional.of(cursor))))
                    .as(forged)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> timeline.page(timelineOf(true).withPage(1, Optional.of(good))))
                .hasMessageContaining("another query");
        assertThatThrownBy(() ->
                        timeline.page(
                                AuditQuery.builder(ACME).indexFrom(OptionalLong.of(1)).build()))
                .hasMessageContaining("one node's chain");
    }

    private static AuditQuery timelineOf(boolean newestFirst) {
        return AuditQuery.builder(ACME).newestFirst(newestFirst).build();
    }

    /** All of it, two rows at a time. */
    private static List<String> places(TenantTimeline timeline, AuditQuery question) {
        List<String> places = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        do {
            TenantTimeline.Page page = timeline.page(question.withPage(2, cursor));
            page.entries().forEach(entry -> places.add(entry.node() + " " + entry.index()));
            cursor = page.nextCursor();
        } while (cursor.isPresent());
        return places;
    }

    @Test
    void projection_stoppedAndStarted_goesOnWhereItWas() {
        log.append(ACME, 10);
        awaitCaughtUp();
        projection.close();
        log.append(ACME, 10);
        log.reopen();
        index = new AuditIndex(database, log.log());
        startProjection();
        log.append(ACME, 1);
        assertThat(query(q -> q.limit(100)).rows()).hasSize(21);
        assertThat(projection.healthy()).isTrue();
    }

    @Test
    void projection_positionLost_bringsNothingTwice() {
        log.append(ACME, 10);
        awaitCaughtUp();
        projection.close();
        execute("DELETE FROM audit_projection");
        startProjection();
        log.append(ACME, 1);
        assertThat(query(q -> q.limit(100)).rows()).hasSize(11);
        assertThat(count("audit_chain")).isEqualTo(log.size(ACME) + log.size(TenantId.NODE));
    }

    @Test
    void projection_databaseAheadOfTheJournal_saysSoAndARebuildHelps() throws Exception {
        log.append(ACME, 3);
        awaitCaughtUp();
        projection.close();
        execute("UPDATE audit_projection SET position = '900:0:0'");
        startProjection();
        await(() -> projection.trouble().filter(text -> text.contains("rebuild")).isPresent());
        projection.rebuild((done, total) -> {});
        assertThat(projection.healthy()).isTrue();
        assertThat(query(q -> q).rows()).hasSize(3);
    }

    @Test
    void rebuild_rowsChangedMissingAndInvented_allAreRight() throws Exception {
        appendFive();
        log.append(ZETA, 3);
        awaitCaughtUp();
        execute(where("UPDATE audit_chain SET outcome = 'success' WHERE WHERE_4"));
        execute("DELETE FROM audit_chain WHERE tenant_id = 'zeta'");
        execute(
                where(
                        "INSERT INTO audit_chain (node, tenant_id, idx, recorded_at, event_type,"
                                + " outcome, record_hash, record) SELECT node, 'nobody', 77,"
                                + " recorded_at, event_type, 'success', record_hash, record FROM"
                                + " audit_chain WHERE WHERE_2"));
        List<Long> told = new ArrayList<>();
        projection.rebuild((done, total) -> told.add(total - done));
        assertThat(told).endsWith(0L);
        assertThat(verify()).isEmpty();
        assertThat(count("audit_chain"))
                .isEqualTo(log.size(ACME) + log.size(ZETA) + log.size(TenantId.NODE));
        log.append(ACME, 1);
        assertThat(query(q -> q).rows()).hasSize(6);
    }

    @Test
    void rebuild_brokenOffWhileClearing_goesOnAtTheNextStart() {
        log.append(ACME, 5);
        awaitCaughtUp();
        projection.close();
        execute(where("UPDATE audit_chain SET outcome = 'error' WHERE WHERE_2"));
        execute("UPDATE audit_projection SET state = 'clearing', position = NULL");
        startProjection();
        awaitCaughtUp();
        assertThat(query(q -> q).rows()).hasSize(5);
        assertThat(verify()).isEmpty();
    }

    @Test
    void projection_twoNodesInOneDatabase_eachKeepsToItsOwn() throws Exception {
        log.append(ACME, 4);
        try (LogUnderTest other = new LogUnderTest(folder.resolve("other"), "two");
                AuditProjection second = new AuditProjection(other.log(), database)) {
            second.start();
            other.append(ACME, 9);
            AuditIndex otherIndex = new AuditIndex(database, other.log());
            assertThat(otherIndex.query(AuditQuery.builder(ACME).build()).rows()).hasSize(9);
            assertThat(query(q -> q).rows()).hasSize(4);
            projection.rebuild((done, total) -> {});
            assertThat(verify(other, second)).isEmpty();
            assertThat(verify()).isEmpty();
            assertThat(count("audit_projection")).isEqualTo(2);
        }
    }

    @Test
    void lag_projectionNotRunning_countsWhatIsMissing() {
        log.append(ACME, 3);
        awaitCaughtUp();
        assertThat(projection.lag()).isEqualTo(new ProjectionLag(0, Duration.ZERO));
        projection.close();
        log.append(ACME, 5);
        assertThat(projection.lag().records()).isEqualTo(5);
        startProjection();
        awaitCaughtUp();
    }

    AuditIndex index() {
        return index;
    }

    private void appendFive() {
        log.append(ACME);
        log.append(ACME, "MIM", "message_send", AuditOutcome.SUCCESS);
        log.append(ACME);
        log.append(ACME);
        log.append(ACME, "MIM", "message_receive", AuditOutcome.REFUSED);
        assertThat(new String(log.log().record(ACME, 4), StandardCharsets.UTF_8)).contains(ALICE);
    }

    List<DatabaseFinding> verify() {
        return verify(log, projection);
    }

    private List<DatabaseFinding> verify(LogUnderTest of, AuditProjection by) {
        try {
            return new DatabaseVerification(database, of.log(), by)
                    .run((done, total) -> {})
                    .findings();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    AuditPage query(UnaryOperator<AuditQuery.Builder> conditions) {
        return index.query(conditions.apply(AuditQuery.builder(ACME)).build());
    }

    static List<Long> indexes(AuditPage page) {
        return page.rows().stream().map(AuditRow::index).toList();
    }

    /** Inserts a copy of a row under another key. */
    private static String copyOf(String tenant, int index) {
        return "INSERT INTO audit_chain (node, tenant_id, idx, recorded_at, event_type, outcome,"
                + " record_hash, record) SELECT %s, event_type, outcome, record_hash, record"
                + " FROM audit_chain WHERE tenant_id = '"
                + tenant
                + "' AND idx = "
                + index;
    }

    /** Stands for the condition that names one row. */
    private static String where(String sql) {
        return sql.replaceAll("WHERE_([0-9])", "tenant_id = 'acme' AND idx = $1");
    }

    private long violations() {
        return LongStream.range(0, log.size(TenantId.NODE))
                .mapToObj(i -> AuditRecord.parse(log.log().record(TenantId.NODE, i)))
                .filter(r -> r.eventType().equals(EventType.SECURITY_VIOLATION.wire()))
                .count();
    }

    private String lastOf(TenantId tenant) {
        byte[] record = log.log().record(tenant, log.size(tenant) - 1);
        return new String(record, StandardCharsets.UTF_8);
    }

    void execute(String sql) {
        database.write(c -> {
            try (Statement statement = c.createStatement()) {
                return statement.execute(sql);
            }
        });
    }

    long count(String table) {
        return database.read(c -> {
            try (Statement statement = c.createStatement();
                    ResultSet row = statement.executeQuery("SELECT count(*) FROM " + table)) {
                row.next();
                return row.getLong(1);
            }
        });
    }
}
