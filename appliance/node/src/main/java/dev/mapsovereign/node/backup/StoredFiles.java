package dev.mapsovereign.node.backup;

import dev.mapsovereign.auditexport.MediumWriter;
import dev.mapsovereign.base.age.AgeEncryption;
import dev.mapsovereign.base.age.AgeRecipient;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Stores contents in a backup's folder: encrypted if there are recipients, cut where a file would
 * become too long, each stored file a line of the manifest. For one thread.
 */
final class StoredFiles implements AutoCloseable {
    private final MediumWriter files;
    private final List<AgeRecipient> recipients;
    private final long storedBytesMax;
    private final SecureRandom random = new SecureRandom();
    private final FileChannel manifest;
    private final ByteArrayOutputStream lines = new ByteArrayOutputStream();
    private final MessageDigest manifestDigest = Sha256.digest();
    private long count;
    private long bytes;

    /**
     * @param recipients empty for a plain backup
     */
    StoredFiles(MediumWriter files, List<AgeRecipient> recipients) throws IOException {
        this(files, recipients, Limits.STORED_BYTES_MAX);
    }

    /** The same with another length at which files are cut. */
    StoredFiles(MediumWriter files, List<AgeRecipient> recipients, long storedBytesMax)
            throws IOException {
        this.files = files;
        this.storedBytesMax = storedBytesMax;
        this.recipients = List.copyOf(recipients);
        this.manifest = files.create(BackupLayout.MANIFEST);
    }

    /** How many files are stored. */
    long count() {
        return count;
    }

    /** Their bytes. */
    long bytes() {
        return bytes;
    }

    /** Stores a small content; the names under which it is. */
    List<String> put(String name, byte[] content) throws IOException {
        return recipients.isEmpty()
                ? putPlain(name, content)
                : putPlain(
                        name + BackupLayout.ENCRYPTED,
                        AgeEncryption.encrypt(content, recipients, random));
    }

    /** Stores what everybody may read. */
    List<String> putPlain(String name, byte[] content) throws IOException {
        files.put(name, content);
        note(Sha256.hash(content), name);
        bytes += content.length;
        return List.of(name);
    }

    /** A content that comes in pieces; its lines in the manifest come with its end. */
    Content begin(String name) throws IOException {
        return new Content(name);
    }

    /** Ends the manifest; its digest in hex. */
    String finish() throws IOException {
        writeLines();
        manifest.force(true);
        manifest.close();
        return Hex.encode(manifestDigest.digest());
    }

    private void note(byte[] digest, String name) throws IOException {
        byte[] line = (Hex.encode(digest) + "  " + name + "\n").getBytes(StandardCharsets.US_ASCII);
        manifestDigest.update(line);
        lines.write(line);
        count++;
        if (lines.size() > Limits.PIECE_BYTES) {
            writeLines();
        }
    }

    private void writeLines() throws IOException {
        write(manifest, ByteBuffer.wrap(lines.toByteArray()));
        lines.reset();
    }

    private static void write(FileChannel channel, ByteBuffer content) throws IOException {
        while (content.hasRemaining()) {
            channel.write(content);
        }
    }

    @Override
    public void close() throws IOException {
        manifest.close();
    }

    /** One content on its way into one or more stored files. */
    final class Content extends OutputStream {
        private final OutputStream into;
        private final Cut cut;

        private Content(String name) throws IOException {
            cut = new Cut(recipients.isEmpty() ? name : name + BackupLayout.ENCRYPTED);
            into = recipients.isEmpty() ? cut : new AgeEncryption(cut, recipients, random);
        }

        @Override
        public void write(int b) throws IOException {
            into.write(b);
        }

        @Override
        public void write(byte[] piece, int offset, int length) throws IOException {
            into.write(piece, offset, length);
        }

        /** Ends it; the names under which it is stored. */
        List<String> finish() throws IOException {
            if (into instanceof AgeEncryption encryption) {
                encryption.finish();
            }
            return cut.finish();
        }

        /** Gives up whatever was not finished. */
        @Override
        public void close() throws IOException {
            into.close();
        }
    }

    /** Cuts a stream into stored files; a single one keeps the plain name. */
    private final class Cut extends OutputStream {
        private final String name;
        private final List<String> names = new ArrayList<>();
        private final List<byte[]> digests = new ArrayList<>();
        private FileChannel channel;
        private MessageDigest digest = Sha256.digest();
        private long written;

        Cut(String name) throws IOException {
            this.name = name;
            this.channel = next(name);
        }

        private FileChannel next(String stored) throws IOException {
            names.add(stored);
            digest = Sha256.digest();
            written = 0;
            return files.create(stored);
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] piece, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, piece.length);
            int at = offset;
            while (at < offset + length) {
                if (written == storedBytesMax) {
                    end();
                    channel = next("%s.%03d".formatted(name, names.size()));
                }
                int part = (int) Math.min(offset + length - at, storedBytesMax - written);
                StoredFiles.write(channel, ByteBuffer.wrap(piece, at, part));
                digest.update(piece, at, part);
                written += part;
                at += part;
            }
        }

        private void end() throws IOException {
            channel.force(true);
            channel.close();
            digests.add(digest.digest());
            bytes += written;
        }

        List<String> finish() throws IOException {
            end();
            for (int i = 0; i < names.size(); i++) {
                note(digests.get(i), names.get(i));
            }
            return names;
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
