package dev.mapsovereign.protocols.mim;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.engine.module.ModuleRefusal;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The mailboxes and messages of all tenants, in the database.
 *
 * <p>Everything that is acknowledged to a caller is committed durably first. Delivery hides a
 * message for its lease and shows it again unless it was acknowledged; the rows of acknowledged
 * messages stay for the dedup window, without their body, so that a retry is recognized.
 *
 * <p>Safe for use by several threads and several nodes: rows are locked, and skipped when another
 * receiver holds them.
 */
public final class Mailboxes {
    private final Database database;
    private final Clock clock;
    private final Duration dedupWindow;

    /** Mailboxes in {@code database}; {@code dedupWindow} as {@link MimConfig} has it. */
    public Mailboxes(Database database, Clock clock, Duration dedupWindow) {
        this.database = database;
        this.clock = clock;
        this.dedupWindow = dedupWindow;
    }

    /** What a sender hands over. */
    record Draft(
            String mailbox,
            AgentDid sender,
            QualityOfService quality,
            Optional<String> dedupKey,
            byte[] body) {}

    /** What a sender learns; {@code duplicate} when the key was accepted before. */
    record Accepted(String messageId, Instant acceptedAt, boolean duplicate) {}

    /** What a receiver asks for. */
    record Request(String mailbox, List<String> acknowledge, int max, int leaseSeconds) {}

    /** What a receiver gets. */
    record Delivery(List<Message> messages, int acknowledged) {}

    /** What a change of a queue did. */
    record Change(boolean changed, int messagesRemoved) {
        static final Change NONE = new Change(false, 0);
    }

    /** What came of work in the database: a value, or why not; refusals cannot be thrown there. */
    private record Answer<T>(Optional<T> value, Optional<ModuleRefusal> refusal) {
        static <T> Answer<T> of(T value) {
            return new Answer<>(Optional.of(value), Optional.empty());
        }

        static <T> Answer<T> refused(ModuleRefusal refusal) {
            return new Answer<>(Optional.empty(), Optional.of(refusal));
        }

        T get() throws ModuleRefusal {
            if (refusal.isPresent()) {
                throw refusal.get();
            }
            return value.orElseThrow();
        }
    }

    Accepted send(TenantId tenant, Draft draft) throws ModuleRefusal {
        Instant now = now();
        Answer<Accepted> answer =
                database.durably(connection -> {
                    Optional<ModuleRefusal> refusal =
                            mailboxFor(connection, tenant, draft.mailbox(), now);
                    return refusal.isPresent()
                            ? Answer.refused(refusal.get())
                            : accept(connection, tenant, draft, now);
                });
        return answer.get();
    }

    private Answer<Accepted> accept(
            Connection connection, TenantId tenant, Draft draft, Instant now) throws SQLException {
        if (draft.dedupKey().isPresent()) {
            MessageRows.releaseKey(connection, tenant, draft, now.minus(dedupWindow));
            Optional<Accepted> earlier =
                    MessageRows.find(
                            connection,
                            tenant,
                            draft.mailbox(),
                            draft.sender(),
                            draft.dedupKey().get());
            if (earlier.isPresent()) {
                return Answer.of(earlier.get());
            }
        }
        MessageRows.sweep(connection, tenant, draft.mailbox(), now.minus(dedupWindow));
        if (MessageRows.waiting(connection, tenant, draft.mailbox()) >= Limits.WAITING_MAX) {
            return Answer.refused(full(draft.mailbox()));
        }
        String id = UUID.randomUUID().toString();
        if (!MessageRows.insert(connection, tenant, draft, draft.mailbox(), id, now)) {
            // Another send with the same key committed in between.
            return Answer.of(
                    MessageRows.find(
                                    connection,
                                    tenant,
                                    draft.mailbox(),
                                    draft.sender(),
                                    draft.dedupKey().orElseThrow())
                            .orElseThrow());
        }
        copyToBound(connection, tenant, draft, now);
        return Answer.of(new Accepted(id, now, false));
    }

    /** A bound mailbox that is full misses the copy: its owner does not stop others' traffic. */
    private static void copyToBound(
            Connection connection, TenantId tenant, Draft draft, Instant now) throws SQLException {
        for (String bound : MailboxRows.boundTo(connection, tenant, draft.mailbox())) {
            if (MessageRows.waiting(connection, tenant, bound) < Limits.WAITING_MAX) {
                MessageRows.insert(
                        connection, tenant, draft, bound, UUID.randomUUID().toString(), now);
            }
        }
    }

    /** What was accepted of that sender with that key within the window. */
    Optional<Accepted> earlier(TenantId tenant, String mailbox, AgentDid sender, String key) {
        Instant oldest = now().minus(dedupWindow);
        return database.read(
                        connection -> MessageRows.find(connection, tenant, mailbox, sender, key))
                .filter(accepted -> !accepted.acceptedAt().isBefore(oldest));
    }

    Delivery receive(TenantId tenant, Request request) {
        Instant now = now();
        if (request.acknowledge().isEmpty() && !anyReady(tenant, request.mailbox(), now)) {
            // Polling an empty mailbox changes nothing, so it needs no sync.
            return new Delivery(List.of(), 0);
        }
        return database.durably(connection -> {
            int acknowledged = MessageRows.acknowledge(connection, tenant, request, now);
            return new Delivery(MessageRows.lease(connection, tenant, request, now), acknowledged);
        });
    }

    private boolean anyReady(TenantId tenant, String mailbox, Instant now) {
        return database.read(connection -> MessageRows.anyReady(connection, tenant, mailbox, now));
    }

    /**
     * Refuses everybody but the owner; an agent owns the mailbox of its own DID.
     *
     * @throws ModuleRefusal {@code capability_denied} or, for a queue that is none, {@code
     *     not_found}
     */
    void requireOwner(TenantId tenant, String mailbox, AgentDid caller) throws ModuleRefusal {
        if (mailbox.equals(caller.text())) {
            return;
        }
        if (isDid(mailbox)) {
            throw notOwner(mailbox, caller);
        }
        String owner =
                database.read(connection -> MailboxRows.owner(connection, tenant, mailbox))
                        .orElseThrow(() -> noSuchQueue(mailbox));
        if (!owner.equals(caller.text())) {
            throw notOwner(mailbox, caller);
        }
    }

    Change declare(TenantId tenant, String queue, AgentDid caller) throws ModuleRefusal {
        if (isDid(queue)) {
            throw new ModuleRefusal(
                    ErrorCode.INVALID_PAYLOAD,
                    "an agent's own mailbox needs no declaration: mailbox://" + queue);
        }
        Answer<Change> answer =
                database.durably(connection -> {
                    if (MailboxRows.count(connection, tenant) >= Limits.MAILBOXES_MAX) {
                        return Answer.refused(tooManyMailboxes());
                    }
                    boolean made =
                            MailboxRows.create(connection, tenant, queue, caller.text(), now());
                    String owner = MailboxRows.owner(connection, tenant, queue).orElseThrow();
                    return owner.equals(caller.text())
                            ? Answer.of(new Change(made, 0))
                            : Answer.refused(notOwner(queue, caller));
                });
        return answer.get();
    }

    Change bind(TenantId tenant, String source, String queue, AgentDid caller)
            throws ModuleRefusal {
        requireOwner(tenant, queue, caller);
        requireOwner(tenant, source, caller);
        if (source.equals(queue)) {
            throw new ModuleRefusal(
                    ErrorCode.INVALID_PAYLOAD, "mailbox://" + queue + " cannot be bound to itself");
        }
        Answer<Change> answer =
                database.durably(connection -> {
                    Optional<ModuleRefusal> refusal = mailboxFor(connection, tenant, queue, now());
                    if (refusal.isPresent()) {
                        return Answer.refused(refusal.get());
                    }
                    if (MailboxRows.boundTo(connection, tenant, source).size()
                            >= Limits.BINDINGS_MAX) {
                        return Answer.refused(tooManyBindings(source));
                    }
                    boolean made = MailboxRows.bind(connection, tenant, source, queue);
                    return Answer.of(new Change(made, 0));
                });
        return answer.get();
    }

    Change unbind(TenantId tenant, String source, String queue, AgentDid caller)
            throws ModuleRefusal {
        requireOwner(tenant, queue, caller);
        return database.durably(
                connection -> new Change(MailboxRows.unbind(connection, tenant, source, queue), 0));
    }

    Change purge(TenantId tenant, String queue, AgentDid caller) throws ModuleRefusal {
        requireOwner(tenant, queue, caller);
        int removed = database.durably(connection -> MessageRows.purge(connection, tenant, queue));
        return new Change(removed > 0, removed);
    }

    Change delete(TenantId tenant, String queue, AgentDid caller) throws ModuleRefusal {
        requireOwner(tenant, queue, caller);
        return database.durably(connection -> {
            int removed = MessageRows.purge(connection, tenant, queue);
            MailboxRows.unbindAll(connection, tenant, queue);
            boolean deleted = MailboxRows.delete(connection, tenant, queue);
            return deleted ? new Change(true, removed) : Change.NONE;
        });
    }

    /** Why nothing can be put there; an agent's own mailbox is made when it is first needed. */
    private static Optional<ModuleRefusal> mailboxFor(
            Connection connection, TenantId tenant, String name, Instant now) throws SQLException {
        if (MailboxRows.owner(connection, tenant, name).isPresent()) {
            return Optional.empty();
        }
        if (!isDid(name)) {
            return Optional.of(noSuchQueue(name));
        }
        if (MailboxRows.count(connection, tenant) >= Limits.MAILBOXES_MAX) {
            return Optional.of(tooManyMailboxes());
        }
        MailboxRows.create(connection, tenant, name, name, now);
        return Optional.empty();
    }

    private static ModuleRefusal noSuchQueue(String name) {
        return new ModuleRefusal(
                ErrorCode.NOT_FOUND,
                "there is no queue mailbox://" + name + "; declare it by MIM queuing");
    }

    private static ModuleRefusal notOwner(String name, AgentDid caller) {
        return new ModuleRefusal(
                ErrorCode.CAPABILITY_DENIED, caller + " does not own mailbox://" + name);
    }

    private static ModuleRefusal full(String name) {
        return new ModuleRefusal(
                ErrorCode.RATE_LIMITED,
                "mailbox://" + name + " is full: " + Limits.WAITING_MAX + " messages wait in it");
    }

    private static ModuleRefusal tooManyMailboxes() {
        return new ModuleRefusal(
                ErrorCode.RATE_LIMITED,
                "the tenant has " + Limits.MAILBOXES_MAX + " mailboxes; delete unused queues");
    }

    private static ModuleRefusal tooManyBindings(String source) {
        return new ModuleRefusal(
                ErrorCode.RATE_LIMITED,
                "mailbox://" + source + " has " + Limits.BINDINGS_MAX + " bindings already");
    }

    private static boolean isDid(String name) {
        return name.startsWith("did:");
    }

    /** The database keeps microseconds. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
