package dev.mapsovereign.protocols.mim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.engine.module.ModuleRefusal;
import dev.mapsovereign.protocols.testing.Caller;
import dev.mapsovereign.testing.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What messaging promises, on whichever database. */
abstract class MimContract {
    private static final TenantId ACME = TenantId.of("acme");
    private static final TenantId BOLT = TenantId.of("bolt");
    private static final String ALICE = "did:oas:acme:agent:alice";
    private static final String BOB = "did:oas:acme:agent:bob";
    private static final Duration WINDOW = Duration.ofHours(24);

    private final ManualClock clock = new ManualClock(Instant.parse("2026-03-01T08:00:00Z"));
    private Database database;

    abstract Database open();

    @BeforeEach
    void openDatabase() {
        database = open();
    }

    @AfterEach
    void closeDatabase() {
        database.close();
    }

    private Caller as(String did, TenantId tenant) {
        MimConfig config = new MimConfig(2048, QualityOfService.AT_LEAST_ONCE, WINDOW);
        MimModule module = new MimModule(new Mailboxes(database, clock, WINDOW), config);
        return new Caller(module, tenant, Optional.of(AgentDid.parse(did)));
    }

    private Caller alice() {
        return as(ALICE, ACME);
    }

    private Caller bob() {
        return as(BOB, ACME);
    }

    private JsonObject send(String to, String more) throws ModuleRefusal {
        return alice().call("message_send", "{'to':'mailbox://" + to + "'" + more + "}");
    }

    private static List<JsonObject> messages(JsonObject delivery) {
        return delivery.array("messages").orElseThrow().values().stream()
                .map(message -> (JsonObject) message)
                .toList();
    }

    private static List<JsonObject> receive(Caller caller, String from) throws ModuleRefusal {
        return messages(caller.call("message_receive", "{'from':'mailbox://" + from + "'}"));
    }

    private static String id(JsonObject message) {
        return message.text("message_id").orElseThrow();
    }

    @Test
    void send_toAnAgent_isReceivedByItOnly() throws ModuleRefusal {
        JsonObject sent = send(BOB, ",'body':{'hello':'world'}");

        assertThat(sent.bool("duplicate")).contains(false);
        assertThat(sent.text("qos")).contains("AtLeastOnce");
        assertThat(alice().refusal("message_receive", "{'from':'mailbox://" + BOB + "'}").code())
                .isEqualTo(ErrorCode.CAPABILITY_DENIED);
        List<JsonObject> received = receive(bob(), BOB);
        assertThat(received).hasSize(1);
        assertThat(received.getFirst().object("body")).contains(Caller.json("{'hello':'world'}"));
        assertThat(received.getFirst().text("sender_did")).contains(ALICE);
        assertThat(id(received.getFirst())).isEqualTo(id(sent));
    }

    @Test
    void send_inOneTenant_isNotSeenInAnother() throws ModuleRefusal {
        send(BOB, ",'body':{}");

        assertThat(receive(as(BOB, BOLT), BOB)).isEmpty();
        assertThat(receive(bob(), BOB)).hasSize(1);
    }

    @Test
    void send_toAnUndeclaredQueue_isNotFound() {
        ModuleRefusal refusal =
                alice().refusal("message_send", "{'to':'mailbox://orders','body':{}}");

        assertThat(refusal.code()).isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void send_toABrokenDid_isInvalid() {
        ModuleRefusal refusal =
                alice().refusal("message_send", "{'to':'mailbox://did:oas:acme','body':{}}");

        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_PAYLOAD);
    }

    @Test
    void send_bodyAboveTheBound_isTooLarge() throws ModuleRefusal {
        String fits = ",'body':{'x':'" + "y".repeat(2048 - 8) + "'}";
        String tooLarge = ",'body':{'x':'" + "y".repeat(2048 - 7) + "'}";

        send(BOB, fits);
        assertThat(
                        alice().refusal(
                                        "message_send",
                                        "{'to':'mailbox://" + BOB + "'" + tooLarge + "}")
                                .code())
                .isEqualTo(ErrorCode.MESSAGE_TOO_LARGE);
        assertThat(receive(bob(), BOB)).hasSize(1);
    }

    @Test
    void send_exactlyOnceWithoutKey_isRefusedByTheSchema() {
        assertThat(
                        alice().schemaRefuses(
                                        "message_send",
                                        "{'to':'mailbox://q','body':{},'qos':'ExactlyOnce'}"))
                .isTrue();
    }

    @Test
    void send_sameKeyAgain_isTheSameMessage() throws ModuleRefusal {
        String once = ",'body':{'n':1},'qos':'ExactlyOnce','dedup_key':'order-1'";
        JsonObject first = send(BOB, once);
        clock.advance(Duration.ofMinutes(5));
        JsonObject again = send(BOB, once);

        assertThat(again.bool("duplicate")).contains(true);
        assertThat(id(again)).isEqualTo(id(first));
        assertThat(again.text("accepted_at")).isEqualTo(first.text("accepted_at"));
        assertThat(receive(bob(), BOB)).hasSize(1);
    }

    @Test
    void send_sameKeyAfterItWasAcknowledged_isStillTheSameMessage() throws ModuleRefusal {
        String once = ",'body':{'n':1},'qos':'ExactlyOnce','dedup_key':'order-1'";
        JsonObject first = send(BOB, once);
        receive(bob(), BOB);
        acknowledge(bob(), BOB, id(first));

        assertThat(send(BOB, once).bool("duplicate")).contains(true);
        assertThat(receive(bob(), BOB)).isEmpty();
    }

    @Test
    void send_sameKeyOfAnotherSender_isAnotherMessage() throws ModuleRefusal {
        send(BOB, ",'body':{},'dedup_key':'order-1'");
        JsonObject other =
                bob().call(
                                "message_send",
                                "{'to':'mailbox://" + BOB + "','body':{},'dedup_key':'order-1'}");

        assertThat(other.bool("duplicate")).contains(false);
        assertThat(receive(bob(), BOB)).hasSize(2);
    }

    @Test
    void send_sameKeyBeyondTheWindow_isANewMessageAndTheOldOneStays() throws ModuleRefusal {
        JsonObject first = send(BOB, ",'body':{'n':1},'dedup_key':'order-1'");
        clock.advance(WINDOW.plusSeconds(1));
        assertThat(dedupCheck(BOB, "order-1").bool("duplicate")).contains(false);
        JsonObject second = send(BOB, ",'body':{'n':2},'dedup_key':'order-1'");

        assertThat(second.bool("duplicate")).contains(false);
        assertThat(receive(bob(), BOB).stream().map(MimContract::id))
                .containsExactly(id(first), id(second));
    }

    @Test
    void send_sameKeyByMany_isAcceptedOnce() throws InterruptedException {
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        Set<String> ids = ConcurrentHashMap.newKeySet();
        ConcurrentLinkedQueue<Boolean> duplicates = new ConcurrentLinkedQueue<>();
        runAtOnce(
                8,
                failures,
                () -> {
                    JsonObject sent = send(BOB, ",'body':{},'dedup_key':'same'");
                    ids.add(id(sent));
                    duplicates.add(sent.bool("duplicate").orElseThrow());
                });

        assertThat(failures).isEmpty();
        assertThat(ids).hasSize(1);
        assertThat(duplicates).containsOnlyOnce(false);
    }

    @Test
    void dedupCheck_tellsWhatWasAccepted() throws ModuleRefusal {
        assertThat(dedupCheck(BOB, "order-1").bool("duplicate")).contains(false);
        JsonObject sent = send(BOB, ",'body':{},'dedup_key':'order-1'");

        JsonObject check = dedupCheck(BOB, "order-1");
        assertThat(check.bool("duplicate")).contains(true);
        assertThat(id(check)).isEqualTo(id(sent));
    }

    private JsonObject dedupCheck(String to, String key) throws ModuleRefusal {
        return alice().call(
                        "dedup_check", "{'to':'mailbox://" + to + "','dedup_key':'" + key + "'}");
    }

    @Test
    void receive_beforeTheLeaseEnds_hidesTheMessage_andShowsItAgainAfterwards()
            throws ModuleRefusal {
        send(BOB, ",'body':{}");
        String lease = "{'from':'mailbox://" + BOB + "','lease_s':10}";

        assertThat(messages(bob().call("message_receive", lease)).getFirst().integer("attempt"))
                .hasValue(1);
        clock.advance(Duration.ofSeconds(9));
        assertThat(receive(bob(), BOB)).isEmpty();
        clock.advance(Duration.ofSeconds(1));
        assertThat(messages(bob().call("message_receive", lease)).getFirst().integer("attempt"))
                .hasValue(2);
    }

    /** A clock that was set a year ahead, and back, must not hide a message for that year. */
    @Test
    void receive_afterTheClockWasAhead_showsWhatWasSentAndDeliveredThen() throws ModuleRefusal {
        clock.advance(Duration.ofDays(365));
        send(BOB, ",'body':{'n':1}");
        assertThat(receive(bob(), BOB)).hasSize(1);
        send(BOB, ",'body':{'n':2}");

        clock.advance(Duration.ofDays(-365));
        assertThat(receive(bob(), BOB)).hasSize(2);

        clock.advance(Duration.ofHours(-1));
        assertThat(receive(bob(), BOB)).as("a small step does not end a lease").isEmpty();
    }

    @Test
    void receive_acknowledged_doesNotComeAgain() throws ModuleRefusal {
        send(BOB, ",'body':{}");
        String id = id(receive(bob(), BOB).getFirst());

        assertThat(acknowledge(bob(), BOB, id).integer("acknowledged")).hasValue(1);
        assertThat(acknowledge(bob(), BOB, id).integer("acknowledged")).hasValue(0);
        clock.advance(Duration.ofHours(2));
        assertThat(receive(bob(), BOB)).isEmpty();
    }

    @Test
    void receive_acknowledgingWhatWasNeverDelivered_changesNothing() throws ModuleRefusal {
        String id = id(send(BOB, ",'body':{}"));

        JsonObject delivery =
                bob().call(
                                "message_receive",
                                "{'from':'mailbox://" + BOB + "','acknowledge':['" + id + "']}");
        assertThat(delivery.integer("acknowledged")).hasValue(0);
        assertThat(messages(delivery)).hasSize(1);
    }

    private static JsonObject acknowledge(Caller caller, String from, String id)
            throws ModuleRefusal {
        return caller.call(
                "message_receive",
                "{'from':'mailbox://" + from + "','acknowledge':['" + id + "']}");
    }

    @Test
    void receive_atMostOnce_neverComesAgain() throws ModuleRefusal {
        send(BOB, ",'body':{},'qos':'AtMostOnce'");

        assertThat(receive(bob(), BOB)).hasSize(1);
        clock.advance(Duration.ofHours(2));
        assertThat(receive(bob(), BOB)).isEmpty();
    }

    @Test
    void receive_max_givesTheOldestFirst() throws ModuleRefusal {
        List<String> sent = new ArrayList<>();
        for (int n = 0; n < 5; n++) {
            sent.add(id(send(BOB, ",'body':{}")));
            clock.advance(Duration.ofMillis(1));
        }

        List<JsonObject> first =
                messages(bob().call("message_receive", "{'from':'mailbox://" + BOB + "','max':2}"));
        assertThat(first.stream().map(MimContract::id))
                .containsExactlyElementsOf(sent.subList(0, 2));
        assertThat(receive(bob(), BOB).stream().map(MimContract::id))
                .containsExactlyElementsOf(sent.subList(2, 5));
    }

    @Test
    void receive_byManyAtOnce_givesEachMessageToOne() throws Exception {
        int count = 60;
        for (int n = 0; n < count; n++) {
            send(BOB, ",'body':{}");
        }
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        ConcurrentLinkedQueue<String> received = new ConcurrentLinkedQueue<>();
        runAtOnce(
                6,
                failures,
                () -> {
                    // Others may hold what is next: an empty answer is no proof of an empty box.
                    for (int round = 0; round < 40 && received.size() < count; round++) {
                        JsonObject delivery =
                                bob().call(
                                                "message_receive",
                                                "{'from':'mailbox://" + BOB + "','max':4}");
                        messages(delivery).forEach(message -> received.add(id(message)));
                    }
                });

        assertThat(failures).isEmpty();
        assertThat(received).hasSize(count).doesNotHaveDuplicates();
    }

    @Test
    void receive_notesWhatWasHandedOver_forTheRecord() throws ModuleRefusal {
        Caller.Reply sent =
                alice().reply("message_send", "{'to':'mailbox://" + BOB + "','body':{'a':1}}");
        Caller.Reply received = bob().reply("message_receive", "{'from':'mailbox://" + BOB + "'}");

        String id = id(sent.data());
        assertThat(sent.notes())
                .isEqualTo(Caller.json("{'message_id':'" + id + "','mailbox':'" + BOB + "'}"));
        assertThat(received.notes())
                .isEqualTo(Caller.json("{'message_ids':['" + id + "'],'mailbox':'" + BOB + "'}"));
    }

    private static JsonObject queuing(Caller caller, String action, String queue)
            throws ModuleRefusal {
        return caller.call(
                "queuing", "{'action':'" + action + "','queue':'mailbox://" + queue + "'}");
    }

    private static JsonObject bind(Caller caller, String action, String queue, String source)
            throws ModuleRefusal {
        return caller.call(
                "queuing",
                "{'action':'%s','queue':'mailbox://%s','source':'mailbox://%s'}"
                        .formatted(action, queue, source));
    }

    @Test
    void declare_twice_changesNothing_andBelongsToTheFirst() throws ModuleRefusal {
        assertThat(queuing(bob(), "declare", "orders").bool("changed")).contains(true);
        assertThat(queuing(bob(), "declare", "orders").bool("changed")).contains(false);
        assertThat(
                        alice().refusal(
                                        "queuing",
                                        "{'action':'declare','queue':'mailbox://orders'}")
                                .code())
                .isEqualTo(ErrorCode.CAPABILITY_DENIED);

        send("orders", ",'body':{}");
        assertThat(alice().refusal("message_receive", "{'from':'mailbox://orders'}").code())
                .isEqualTo(ErrorCode.CAPABILITY_DENIED);
        assertThat(receive(bob(), "orders")).hasSize(1);
    }

    @Test
    void bind_copiesWhatIsSentToTheSource_untilUnbound() throws ModuleRefusal {
        queuing(bob(), "declare", "orders");
        queuing(bob(), "declare", "copies");
        assertThat(bind(bob(), "bind", "copies", "orders").bool("changed")).contains(true);
        assertThat(bind(bob(), "bind", "copies", "orders").bool("changed")).contains(false);

        send("orders", ",'body':{'n':1}");
        assertThat(receive(bob(), "orders")).hasSize(1);
        assertThat(receive(bob(), "copies")).hasSize(1);

        assertThat(bind(bob(), "unbind", "copies", "orders").bool("changed")).contains(true);
        send("orders", ",'body':{'n':2}");
        assertThat(receive(bob(), "orders")).hasSize(1);
        assertThat(receive(bob(), "copies")).isEmpty();
    }

    @Test
    void bind_othersQueue_isRefused() throws ModuleRefusal {
        queuing(bob(), "declare", "orders");
        queuing(alice(), "declare", "mine");

        ModuleRefusal refusal =
                alice().refusal(
                                "queuing",
                                "{'action':'bind','queue':'mailbox://mine','source':'mailbox://orders'}");
        assertThat(refusal.code()).isEqualTo(ErrorCode.CAPABILITY_DENIED);
    }

    @Test
    void purge_removesWhatWaits() throws ModuleRefusal {
        send(BOB, ",'body':{}");
        send(BOB, ",'body':{}");

        assertThat(queuing(bob(), "purge", BOB).integer("messages_removed")).hasValue(2);
        assertThat(receive(bob(), BOB)).isEmpty();
        assertThat(
                        alice().refusal(
                                        "queuing",
                                        "{'action':'purge','queue':'mailbox://" + BOB + "'}")
                                .code())
                .isEqualTo(ErrorCode.CAPABILITY_DENIED);
    }

    @Test
    void delete_endsTheQueueAndItsMessages() throws ModuleRefusal {
        queuing(bob(), "declare", "orders");
        send("orders", ",'body':{}");

        JsonObject deleted = queuing(bob(), "delete", "orders");
        assertThat(deleted.bool("changed")).contains(true);
        assertThat(deleted.integer("messages_removed")).hasValue(1);
        assertThat(alice().refusal("message_send", "{'to':'mailbox://orders','body':{}}").code())
                .isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void call_withoutDid_isUnauthenticated() {
        Caller nobody = new Caller(alice().module(), ACME, Optional.empty());

        assertThat(nobody.refusal("message_receive", "{'from':'mailbox://q'}").code())
                .isEqualTo(ErrorCode.UNAUTHENTICATED);
    }

    /** Work that may fail in any way. */
    private interface Task {
        void run() throws Exception;
    }

    private static void runAtOnce(int threads, ConcurrentLinkedQueue<Throwable> failures, Task task)
            throws InterruptedException {
        List<Thread> running = new ArrayList<>();
        for (int n = 0; n < threads; n++) {
            running.add(
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    task.run();
                                } catch (Exception | AssertionError e) {
                                    failures.add(e);
                                }
                            }));
        }
        for (Thread thread : running) {
            thread.join();
        }
    }
}
