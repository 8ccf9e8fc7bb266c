package dev.mapsovereign.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Properties;

/**
 * What the build wrote down about itself.
 *
 * @param version of the product, such as {@code 0.1.0}
 * @param commitTime of the commit that was built: the lowest time floor
 */
public record BuildInfo(String version, Instant commitTime) {
    /** Reads {@code build.properties} of this module. */
    public static BuildInfo read() {
        Properties properties = new Properties();
        try (InputStream in = BuildInfo.class.getResourceAsStream("build.properties")) {
            if (in == null) {
                throw new IllegalStateException("the build left out build.properties");
            }
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new BuildInfo(
                properties.getProperty("version", ""),
                Instant.parse(properties.getProperty("commit_time", "")));
    }
}
