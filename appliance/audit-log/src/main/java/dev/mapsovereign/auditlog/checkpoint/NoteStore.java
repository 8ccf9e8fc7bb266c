package dev.mapsovereign.auditlog.checkpoint;

import dev.mapsovereign.auditlog.journal.JournalDamageException;
import dev.mapsovereign.base.durable.AppendFile;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.NoteException;
import dev.mapsovereign.base.note.SignedNote;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * Published checkpoints: appended to a file, synced, and only then shown. One file for all tenants,
 * since a sync of its own for each of a thousand trees would take the whole second.
 *
 * <p>A frame is {@code MAPN}, length, CRC-32C (u32 each), then the tenant's id behind its length
 * (u8) and the note. At the end a frame may be torn; it was never shown and is cut when the file is
 * opened for writing. A file that has grown past its bound is replaced by the next number with the
 * newest note of each tenant.
 *
 * <p>For one thread at a time.
 */
public final class NoteStore implements AutoCloseable {
    private static final int MAGIC = 0x4d41504e; // MAPN
    private static final int HEAD_BYTES = 3 * Integer.BYTES;

    /** Far above any note of ours: two lines, 3.5 KB. */
    private static final int FRAME_BYTES_MAX = 64 << 10;

    private static final String SUFFIX = ".notes";
    private static final int NAME_DIGITS = 16;

    private final Path folder;
    private final long bytesMax;
    private final Map<TenantId, SignedNote> newest;
    private long number;
    private Optional<AppendFile> file = Optional.empty();

    private NoteStore(Path folder, long bytesMax, Map<TenantId, SignedNote> newest, long number) {
        this.folder = folder;
        this.bytesMax = bytesMax;
        this.newest = newest;
        this.number = number;
    }

    /**
     * Reads what was published; changes nothing.
     *
     * @param bytesMax a file longer than this is replaced by a shorter one
     * @throws JournalDamageException if a frame is broken that others follow
     */
    public static NoteStore open(Path folder, long bytesMax)
            throws IOException, JournalDamageException {
        NavigableMap<Long, Path> files = files(folder);
        if (files.isEmpty()) {
            return new NoteStore(folder, bytesMax, new HashMap<>(), 0);
        }
        Path path = files.lastEntry().getValue();
        Map<TenantId, SignedNote> newest = new HashMap<>();
        byte[] bytes = Files.readAllBytes(path);
        int end = read(path, bytes, newest);
        for (int at = end + 1; at <= bytes.length - HEAD_BYTES; at++) {
            if (frameLength(bytes, at) > 0) {
                throw new JournalDamageException(
                        path + " is broken at byte " + end + ", before whole checkpoints");
            }
        }
        return new NoteStore(folder, bytesMax, newest, files.lastKey());
    }

    /** The newest note of each tenant. */
    public Map<TenantId, SignedNote> newest() {
        return Map.copyOf(newest);
    }

    /** Makes notes durable, each newer than the one its tenant has. */
    public void append(Map<TenantId, SignedNote> notes) throws IOException {
        try {
            AppendFile open = openFile();
            ByteArrayOutputStream frames = new ByteArrayOutputStream();
            notes.forEach((tenant, note) -> frames.writeBytes(frame(tenant, note)));
            open.append(ByteBuffer.wrap(frames.toByteArray()));
            open.sync();
        } catch (IOException e) {
            // What the file holds now is unknown: the next attempt begins another one.
            close();
            throw e;
        }
        newest.putAll(notes);
        if (file.orElseThrow().size() > bytesMax) {
            close();
        }
    }

    @Override
    public void close() throws IOException {
        if (file.isPresent()) {
            file.get().close();
            file = Optional.empty();
        }
    }

    /**
     * Begins a new file with the newest notes, so that nothing is ever written behind a torn end.
     */
    private AppendFile openFile() throws IOException {
        if (file.isEmpty()) {
            ByteArrayOutputStream frames = new ByteArrayOutputStream();
            newest.forEach((tenant, note) -> frames.writeBytes(frame(tenant, note)));
            Path path = path(number + 1);
            DurableFiles.write(path, frames.toByteArray(), Mode.PRIVATE);
            number++;
            file = Optional.of(AppendFile.open(path));
            deleteOlder();
        }
        return file.get();
    }

    private void deleteOlder() throws IOException {
        for (Map.Entry<Long, Path> older : files(folder).headMap(number, false).entrySet()) {
            DurableFiles.delete(older.getValue());
        }
    }

    /** Reads frames up to the first that is not whole; where that is. */
    private static int read(Path path, byte[] bytes, Map<TenantId, SignedNote> newest)
            throws JournalDamageException {
        int at = 0;
        for (int length; (length = frameLength(bytes, at)) > 0; at += HEAD_BYTES + length) {
            int name = Byte.toUnsignedInt(bytes[at + HEAD_BYTES]);
            int from = at + HEAD_BYTES + 1 + name;
            try {
                TenantId tenant =
                        TenantId.of(
                                new String(
                                        bytes,
                                        at + HEAD_BYTES + 1,
                                        name,
                                        StandardCharsets.US_ASCII));
                SignedNote note =
                        SignedNote.parse(
                                java.util.Arrays.copyOfRange(
                                        bytes, from, at + HEAD_BYTES + length));
                keepNewer(newest, tenant, note);
            } catch (NoteException | IndexOutOfBoundsException e) {
                throw new JournalDamageException(path + " holds no checkpoint at byte " + at, e);
            }
        }
        return at;
    }

    private static void keepNewer(
            Map<TenantId, SignedNote> newest, TenantId tenant, SignedNote note) {
        SignedNote before = newest.get(tenant);
        if (before == null
                || Checkpoint.parse(before.text()).size() <= Checkpoint.parse(note.text()).size()) {
            newest.put(tenant, note);
        }
    }

    /** Length of the whole frame's content at a place; 0 if there is none. */
    private static int frameLength(byte[] bytes, int at) {
        if (at > bytes.length - HEAD_BYTES) {
            return 0;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int length = in.getInt(at + 4);
        if (in.getInt(at) != MAGIC
                || length < 1
                || length > FRAME_BYTES_MAX
                || length > bytes.length - at - HEAD_BYTES) {
            return 0;
        }
        return in.getInt(at + 8) == crc(bytes, at + HEAD_BYTES, length) ? length : 0;
    }

    private static byte[] frame(TenantId tenant, SignedNote note) {
        byte[] name = tenant.value().getBytes(StandardCharsets.US_ASCII);
        byte[] text = note.bytes();
        byte[] content =
                ByteBuffer.allocate(1 + name.length + text.length)
                        .put((byte) name.length)
                        .put(name)
                        .put(text)
                        .array();
        return ByteBuffer.allocate(HEAD_BYTES + content.length)
                .putInt(MAGIC)
                .putInt(content.length)
                .putInt(crc(content, 0, content.length))
                .put(content)
                .array();
    }

    private static int crc(byte[] bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, length);
        return (int) crc.getValue();
    }

    private Path path(long of) {
        return folder.resolve(String.format(Locale.ROOT, "%0" + NAME_DIGITS + "d", of) + SUFFIX);
    }

    private static NavigableMap<Long, Path> files(Path folder) throws IOException {
        NavigableMap<Long, Path> files = new TreeMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
            for (Path file : entries) {
                String digits = String.valueOf(file.getFileName()).replace(SUFFIX, "");
                if (digits.matches("[0-9]{" + NAME_DIGITS + "}")) {
                    files.put(Long.parseLong(digits), file);
                }
            }
        }
        return files;
    }
}
