package dev.mapsovereign.migrations;

/**
 * One SQL file of this release.
 *
 * @param version its number, from 1 without gaps
 * @param name what stands behind the number in its file name
 * @param sha256 of its bytes, lower-case hex
 * @param sql its text
 */
public record Migration(int version, String name, String sha256, String sql) {
    /** {@code 0002_audit_chain}. */
    @Override
    public String toString() {
        return "%04d_%s".formatted(version, name);
    }
}
