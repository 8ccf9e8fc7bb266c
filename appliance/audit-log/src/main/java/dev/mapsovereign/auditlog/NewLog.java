package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.checkpoint.NoteStore;
import dev.mapsovereign.auditlog.journal.JournalDamageException;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.FolderLock;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.NoteException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Begins a new log where the old one must not go on: its keys signed a second history, the host was
 * restored from a backup, or its journal is damaged. The old log is laid aside as it is, in {@code
 * former/<node>} of the audit folder; the next start creates one with a name and keys of its own,
 * whose records 0 name origin, size and root of what they continue.
 *
 * <p>It can be interrupted at any point: until everything lies aside, no log opens there, and the
 * same call goes on.
 */
public final class NewLog {
    /** The folder of logs that were laid aside. */
    static final String FORMER = "former";

    private static final Set<String> STAYS =
            Set.of(FolderLock.FILE, FolderLock.HOLDER_FILE, FORMER, Succession.FILE);

    private NewLog() {}

    /**
     * What is continued.
     *
     * @param formerNode whose log it was
     * @param aside where it lies, or will lie
     * @param former the newest checkpoint of each of its logs, the node's own first
     */
    public record Report(String formerNode, Path aside, List<Checkpoint> former) {}

    /**
     * What would be laid aside; changes nothing.
     *
     * @param folder the audit folder
     * @throws OperatorException if another process holds the folder, there is no log, or its newest
     *     checkpoints cannot be read
     */
    public static Report plan(Path folder) {
        return withLock(folder, () -> report(folder, pending(folder, "")));
    }

    /**
     * Lays the log aside. Done already, it does nothing.
     *
     * @param node whose log is meant: no other one is ended
     * @param reason for the records, at most 256 bytes of UTF-8
     * @throws OperatorException as {@link #plan}, and if the log there is another node's
     */
    public static Report begin(Path folder, String node, String reason) {
        return withLock(
                folder,
                () -> {
                    Optional<Succession> before = Succession.read(folder).filter(Succession::moved);
                    if (before.isPresent() && before.get().formerNode().equals(node)) {
                        return report(folder, before.get());
                    }
                    Succession succession = pending(folder, reason);
                    if (!succession.formerNode().equals(node)) {
                        throw new OperatorException(
                                ExitCode.USAGE,
                                "the log there is that of "
                                        + succession.formerNode()
                                        + ", not of "
                                        + node,
                                "--dry-run says which one it is");
                    }
                    succession.write(folder);
                    layAside(folder, aside(folder, node));
                    succession.withMoved().write(folder);
                    return report(folder, succession);
                });
    }

    private interface Step {
        Report run() throws IOException, JournalDamageException;
    }

    private static Report report(Path folder, Succession succession) {
        return new Report(
                succession.formerNode(),
                aside(folder, succession.formerNode()),
                succession.former());
    }

    private static Path aside(Path folder, String node) {
        return folder.resolve(FORMER).resolve(node);
    }

    /** What was begun and not ended, else what is there now. */
    private static Succession pending(Path folder, String reason)
            throws IOException, JournalDamageException {
        Optional<Succession> begun =
                Succession.read(folder).filter(succession -> !succession.moved());
        return begun.isPresent() ? begun.get() : ofNewest(folder, reason);
    }

    private static Report withLock(Path folder, Step step) {
        try (FolderLock _ = AuditLog.lock(folder, "stop the node first")) {
            return step.run();
        } catch (JournalDamageException e) {
            throw new OperatorException(
                    ExitCode.TAMPERING,
                    "what the old log was cannot be told: " + e.finding(),
                    "keep a copy of "
                            + folder
                            + "; without its checkpoints nothing can continue it");
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "the log in "
                            + folder
                            + " cannot be laid aside, and none opens there before it is: "
                            + e.getMessage(),
                    e);
        }
    }

    private static Succession ofNewest(Path folder, String reason)
            throws IOException, JournalDamageException {
        List<Checkpoint> former = new ArrayList<>();
        Path checkpoints = folder.resolve("checkpoints");
        if (Files.isDirectory(checkpoints)) {
            try (NoteStore notes = NoteStore.open(checkpoints, Limits.NOTES_BYTES_MAX)) {
                for (var note : notes.newest().values()) {
                    former.add(Checkpoint.parse(note.text()));
                }
            } catch (NoteException e) {
                throw new JournalDamageException(checkpoints + ": " + e.getMessage());
            }
        }
        former.sort(
                Comparator.comparing((Checkpoint each) -> !Succession.tenant(each).isNode())
                        .thenComparing(Checkpoint::origin));
        if (former.isEmpty() || !Succession.tenant(former.getFirst()).equals(TenantId.NODE)) {
            throw new OperatorException(
                    ExitCode.FAILED,
                    "there is no log in " + folder + " that another one could continue",
                    "an empty audit folder needs no new log: start the node");
        }
        String origin = former.getFirst().origin();
        return new Succession(origin.substring(0, origin.lastIndexOf('/')), reason, former, false);
    }

    private static void layAside(Path folder, Path aside) throws IOException {
        DurableFiles.createDirectories(aside, Mode.PRIVATE);
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            for (Path entry : all) {
                if (!STAYS.contains(entry.getFileName().toString())) {
                    entries.add(entry);
                }
            }
        }
        for (Path entry : entries) {
            DurableFiles.move(entry, aside.resolve(entry.getFileName()));
        }
    }
}
