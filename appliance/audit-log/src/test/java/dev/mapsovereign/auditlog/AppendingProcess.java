package dev.mapsovereign.auditlog;

import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.AuditUnavailableException;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.audit.RecordReference;
import dev.mapsovereign.base.identity.CorrelationId;
import dev.mapsovereign.base.identity.TenantId;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A process that appends until it is killed, and tells each answer on its standard output before it
 * asks for the next: {@code record <tenant> <index> <hash>}, {@code begun <correlation id>}, {@code
 * done <correlation id> <index> <hash>}.
 */
public final class AppendingProcess {
    private static final int CALLERS = 24;

    private final PrintStream out =
            new PrintStream(
                    new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16),
                    false,
                    StandardCharsets.US_ASCII);

    private final ReentrantLock lock = new ReentrantLock();

    private AppendingProcess() {}

    /**
     * @param arguments the audit folder
     */
    public static void main(String[] arguments) throws InterruptedException {
        new AppendingProcess().run(Path.of(arguments[0]));
    }

    private void run(Path folder) throws InterruptedException {
        AuditLog log =
                TestLog.open(
                        TestLog.config(folder)
                                .withTimes(Duration.ofMillis(50), Duration.ofSeconds(60)));
        if (log.status().unavailable().isPresent()) {
            say("unavailable " + log.status().unavailable().get());
            return;
        }
        say("ready");
        for (int caller = 0; caller < CALLERS; caller++) {
            int number = caller;
            TenantId tenant = caller % 2 == 0 ? TestLog.ACME : TestLog.BOLT;
            Thread.ofVirtual()
                    .start(() -> {
                        while (true) {
                            call(log, tenant, number);
                        }
                    });
        }
        Thread.sleep(Duration.ofMinutes(5));
    }

    private void call(AuditLog log, TenantId tenant, int number) {
        try {
            if (number % 4 == 3) {
                intent(log, tenant);
            } else {
                record(log, tenant, number);
            }
        } catch (AuditUnavailableException e) {
            // A fault: nothing was answered. The log may be well again the next time.
            TestLog.breathe();
        }
    }

    private void record(AuditLog log, TenantId tenant, int number) {
        AuditDraft draft =
                number == 0 ? TestLog.draftOf(tenant, 9_000) : TestLog.draft(tenant, "x");
        RecordReference reference = log.append(draft);
        say("record " + tenant + " " + reference.index() + " " + reference.hashHex());
    }

    private void intent(AuditLog log, TenantId tenant) {
        CorrelationId id = CorrelationId.random();
        AuditDraft draft =
                AuditDraft.builder(tenant, EventType.PROTOCOL_INVOCATION, AuditOutcome.SUCCESS)
                        .correlationId(id)
                        .build();
        Intent intent = log.begin(draft);
        say("begun " + tenant + " " + id);
        RecordReference reference = intent.complete(draft);
        say("done " + tenant + " " + id + " " + reference.index() + " " + reference.hashHex());
    }

    private void say(String line) {
        lock.lock();
        try {
            out.println(line);
            out.flush();
        } finally {
            lock.unlock();
        }
    }
}
