package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.journal.Place;

/**
 * How far a follower has read the journal; to be kept as {@link #text} and compared with others of
 * the same journal.
 *
 * @param segment segment of the batch that comes next, or whose entries are being read
 * @param offset where that batch begins
 * @param records how many of its records were read
 */
public record Position(long segment, long offset, int records) implements Comparable<Position> {
    /** Before the first record. */
    public static final Position START = new Position(0, 0, 0);

    /**
     * @throws IllegalArgumentException for negative numbers
     */
    public Position {
        if (segment < 0 || offset < 0 || records < 0) {
            throw new IllegalArgumentException(
                    "no position " + segment + ":" + offset + ":" + records);
        }
    }

    /** {@code segment:offset:records}. */
    public String text() {
        return segment + ":" + offset + ":" + records;
    }

    /**
     * The position of that text.
     *
     * @throws IllegalArgumentException for any other text
     */
    public static Position parse(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length == 3) {
            Position position =
                    new Position(
                            Long.parseLong(parts[0]),
                            Long.parseLong(parts[1]),
                            Integer.parseInt(parts[2]));
            if (position.text().equals(text)) {
                return position;
            }
        }
        throw new IllegalArgumentException("not a position in a journal: " + text);
    }

    static Position of(Place place) {
        return new Position(place.segment(), place.offset(), 0);
    }

    Place place() {
        return new Place(segment, offset);
    }

    @Override
    public int compareTo(Position other) {
        int byPlace = place().compareTo(other.place());
        return byPlace != 0 ? byPlace : Integer.compare(records, other.records);
    }
}
