package dev.mapsovereign.auditlog.journal;

/**
 * A place in the journal: an offset in a segment. {@link #BEGINNING} lies before the first segment,
 * which has the number 1.
 */
public record Place(long segment, long offset) implements Comparable<Place> {
    /** Before everything. */
    public static final Place BEGINNING = new Place(0, 0);

    /**
     * @throws IllegalArgumentException for negative numbers
     */
    public Place {
        if (segment < 0 || offset < 0) {
            throw new IllegalArgumentException("no place " + segment + ":" + offset);
        }
    }

    @Override
    public int compareTo(Place other) {
        int bySegment = Long.compare(segment, other.segment);
        return bySegment != 0 ? bySegment : Long.compare(offset, other.offset);
    }

    @Override
    public String toString() {
        return segment + ":" + offset;
    }
}
