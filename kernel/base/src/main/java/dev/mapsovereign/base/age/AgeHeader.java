package dev.mapsovereign.base.age;

import dev.mapsovereign.base.crypto.ConstantTime;
import dev.mapsovereign.base.crypto.Hkdf;
import dev.mapsovereign.base.crypto.Hmac;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The textual head of an age file: version, stanzas and the code over both (C2SP age, "Header").
 *
 * @param covered the bytes that the code covers: up to and including {@code ---}
 */
record AgeHeader(List<Stanza> stanzas, byte[] covered, byte[] mac) {
    static final String VERSION = "age-encryption.org/v1";

    /** Each file's own key, which its stanzas wrap. */
    static final int FILE_KEY_BYTES = 16;

    private static final String END = "---";
    private static final int MAC_BYTES = 32;

    AgeHeader {
        stanzas = List.copyOf(stanzas);
        covered = covered.clone();
        mac = mac.clone();
    }

    /** The header with these stanzas under a file key. */
    static AgeHeader of(List<Stanza> stanzas, byte[] fileKey) {
        StringBuilder text = new StringBuilder(VERSION).append('\n');
        stanzas.forEach(stanza -> text.append(stanza.text()));
        byte[] covered = text.append(END).toString().getBytes(StandardCharsets.US_ASCII);
        return new AgeHeader(stanzas, covered, mac(fileKey, covered));
    }

    byte[] bytes() {
        String text = new String(covered, StandardCharsets.US_ASCII);
        return (text + " " + Stanza.encode(mac) + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    boolean isUnder(byte[] fileKey) {
        return ConstantTime.equal(mac(fileKey, covered), mac);
    }

    private static byte[] mac(byte[] fileKey, byte[] covered) {
        byte[] key =
                Hkdf.sha256(fileKey, new byte[0], "header".getBytes(StandardCharsets.US_ASCII), 32);
        return Hmac.sha256(key, covered);
    }

    /**
     * Reads the header and nothing behind it.
     *
     * @throws AgeException header, for whatever is not of the format
     */
    static AgeHeader read(InputStream in) throws IOException {
        Lines lines = new Lines(in);
        if (!lines.next().equals(VERSION)) {
            throw refused("the file does not begin with " + VERSION);
        }
        List<Stanza> stanzas = new ArrayList<>();
        String line = lines.next();
        while (!line.startsWith(END)) {
            if (stanzas.size() == Limits.STANZAS_MAX) {
                throw refused("more than " + Limits.STANZAS_MAX + " stanzas");
            }
            stanzas.add(new Stanza(Stanza.arguments(line), body(lines)));
            line = lines.next();
        }
        if (stanzas.isEmpty()) {
            throw refused("no stanza");
        }
        requireScryptAlone(stanzas);
        if (!line.startsWith(END + " ")) {
            throw refused("the line of the code is malformed");
        }
        byte[] mac = Stanza.decode(line.substring(END.length() + 1));
        if (mac.length != MAC_BYTES) {
            throw refused("the code has not 32 bytes");
        }
        return new AgeHeader(stanzas, lines.before(line.length() + 1 - END.length()), mac);
    }

    private static byte[] body(Lines lines) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        String line;
        do {
            line = lines.next();
            if (line.length() > Stanza.COLUMNS) {
                throw refused("a line of a stanza's body is longer than 64 columns");
            }
            body.writeBytes(Stanza.decode(line));
        } while (line.length() == Stanza.COLUMNS);
        return body.toByteArray();
    }

    /** Whoever knows a passphrase could otherwise pretend that a recipient's sender did. */
    private static void requireScryptAlone(List<Stanza> stanzas) throws AgeException {
        if (stanzas.size() > 1
                && stanzas.stream().anyMatch(stanza -> stanza.kind().equals("scrypt"))) {
            throw refused("a passphrase together with other recipients");
        }
    }

    static AgeException refused(String message) {
        return new AgeException(AgeException.Reason.HEADER, "no age header: " + message);
    }

    /** Lines ended by one LF; what was read is kept, since the code covers it. */
    private static final class Lines {
        private final InputStream in;
        private final ByteArrayOutputStream read = new ByteArrayOutputStream();

        Lines(InputStream in) {
            this.in = in;
        }

        String next() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int b = in.read(); b != '\n'; b = in.read()) {
                if (b < 0) {
                    throw refused("the file ends within it");
                }
                if (read.size() == Limits.HEADER_BYTES_MAX) {
                    throw refused("more than " + Limits.HEADER_BYTES_MAX + " bytes");
                }
                read.write(b);
                line.append((char) b);
            }
            read.write('\n');
            return line.toString();
        }

        /** All that was read but its last bytes. */
        byte[] before(int last) {
            byte[] all = read.toByteArray();
            return Arrays.copyOf(all, all.length - last);
        }
    }
}
