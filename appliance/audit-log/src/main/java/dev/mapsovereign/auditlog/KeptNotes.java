package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.journal.JournalDamageException;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.NoteException;
import dev.mapsovereign.base.note.NoteSignature;
import dev.mapsovereign.base.note.SignedNote;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Checkpoints that are kept for ever and must recompute at every start: those that left the house
 * in an export or came back with a receipt, and those by which a key was changed. {@code
 * logs/<tenant>/kept/<size>}.
 */
final class KeptNotes {
    private static final String FOLDER = "kept";

    private final Path logs;

    KeptNotes(Path logs) {
        this.logs = logs;
    }

    /** The tenants that have a folder here. */
    List<TenantId> tenants() throws IOException, JournalDamageException {
        List<TenantId> tenants = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(logs)) {
            for (Path folder : folders) {
                if (Files.isDirectory(folder)) {
                    tenants.add(TenantId.of(String.valueOf(folder.getFileName())));
                }
            }
        } catch (IllegalArgumentException e) {
            throw new JournalDamageException(logs + " holds a folder of no tenant", e);
        }
        return tenants;
    }

    /** What is kept of a tenant. */
    List<SignedNote> of(TenantId tenant) throws IOException, JournalDamageException {
        List<SignedNote> notes = new ArrayList<>();
        Path folder = folder(tenant);
        if (!Files.isDirectory(folder)) {
            return notes;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "[0-9]*")) {
            for (Path file : files) {
                notes.add(read(file));
            }
        }
        return notes;
    }

    /**
     * Keeps one more. Where one of the same size is kept, its signature lines stay and new ones are
     * added: a rotation checkpoint must not lose its old keys' lines because it is exported too.
     *
     * @throws JournalDamageException if another text is kept for that size
     */
    void keep(TenantId tenant, SignedNote note) throws IOException, JournalDamageException {
        Path file = folder(tenant).resolve(Long.toString(Checkpoint.parse(note.text()).size()));
        DurableFiles.createDirectories(folder(tenant), Mode.PRIVATE);
        SignedNote all = Files.exists(file) ? united(file, read(file), note) : note;
        DurableFiles.write(file, all.bytes(), Mode.PRIVATE);
    }

    private static SignedNote united(Path file, SignedNote kept, SignedNote note)
            throws JournalDamageException {
        if (!kept.text().equals(note.text())) {
            throw new JournalDamageException(file + " holds another checkpoint of that size");
        }
        SignedNote all = kept;
        for (NoteSignature line : note.signatures()) {
            boolean there =
                    kept.signatures().stream()
                            .anyMatch(other ->
                                    other.name().equals(line.name())
                                            && other.keyId() == line.keyId());
            if (!there) {
                all = all.with(line);
            }
        }
        return all;
    }

    private Path folder(TenantId tenant) {
        return logs.resolve(tenant.value()).resolve(FOLDER);
    }

    private static SignedNote read(Path file) throws IOException, JournalDamageException {
        try {
            SignedNote note = SignedNote.parse(Files.readAllBytes(file));
            long size = Checkpoint.parse(note.text()).size();
            if (!Long.toString(size).equals(String.valueOf(file.getFileName()))) {
                throw new JournalDamageException(file + " holds the checkpoint of size " + size);
            }
            return note;
        } catch (NoteException e) {
            throw new JournalDamageException(file + " holds no checkpoint", e);
        }
    }
}
