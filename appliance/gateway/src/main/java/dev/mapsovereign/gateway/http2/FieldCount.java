package dev.mapsovereign.gateway.http2;

/**
 * Counts the fields of a header block before anybody unpacks it (RFC 7541 §6): one byte can stand
 * for a field of 4 KiB, so that a block whose bytes are bounded unpacks to a thousand times as many
 * ("HPACK bomb", CVE-2016-6581), and Helidon's time grows with the square of one name's values.
 *
 * <p>What breaks the grammar is counted somehow and refused by Helidon.
 */
final class FieldCount {
    private enum Next {
        FIELD,
        INDEX,
        LENGTH,
        LENGTH_GOES_ON,
        TEXT
    }

    private Next next = Next.FIELD;
    private int count;

    /** Texts of the field that are still to come. */
    private int texts;

    /** Bytes of the text that are still to come. */
    private long left;

    private int shift;

    /** A new block begins. */
    void begin() {
        next = Next.FIELD;
        count = 0;
    }

    /** Counts on over a block's next bytes; how many fields have begun. */
    int add(byte[] bytes, int from, int to) {
        for (int at = from; at < to; at++) {
            int value = bytes[at] & 0xff;
            switch (next) {
                case FIELD -> field(value);
                case INDEX -> {
                    if (value < 128) {
                        text();
                    }
                }
                case LENGTH -> {
                    left = value & 127;
                    shift = 0;
                    if (left == 127) {
                        next = Next.LENGTH_GOES_ON;
                    } else {
                        bytesOfText();
                    }
                }
                case LENGTH_GOES_ON -> {
                    left += (long) (value & 127) << Math.min(shift, 28);
                    shift += 7;
                    if (value < 128) {
                        bytesOfText();
                    }
                }
                case TEXT -> {
                    if (--left == 0) {
                        text();
                    }
                }
            }
        }
        return count;
    }

    private void field(int first) {
        count++;
        int prefix;
        if (first >= 0x80) {
            prefix = 0x7f;
            texts = 0;
        } else if (first >= 0x40) {
            prefix = 0x3f;
            texts = first == 0x40 ? 2 : 1;
        } else if (first >= 0x20) {
            prefix = 0x1f;
            texts = 0;
        } else {
            prefix = 0x0f;
            texts = (first & prefix) == 0 ? 2 : 1;
        }
        if ((first & prefix) == prefix) {
            next = Next.INDEX;
        } else {
            text();
        }
    }

    /** One text, or the index before the texts, is over. */
    private void text() {
        next = texts-- > 0 ? Next.LENGTH : Next.FIELD;
    }

    private void bytesOfText() {
        if (left == 0) {
            text();
        } else {
            next = Next.TEXT;
        }
    }
}
