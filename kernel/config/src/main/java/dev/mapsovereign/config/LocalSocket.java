package dev.mapsovereign.config;

import java.io.IOException;
import java.net.BindException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * A Unix socket on which a server listens instead of a port, so that its process needs no network
 * at all. Who may connect is what the file's mode says, which the process's umask gives it.
 *
 * @param path absolute; at most 107 bytes (unix(7))
 */
public record LocalSocket(Path path) {
    private static final int PATH_BYTES_MAX = 107;

    /**
     * @throws IllegalArgumentException for a path that no socket can have
     */
    public LocalSocket {
        if (!path.isAbsolute()
                || path.toString().getBytes(StandardCharsets.UTF_8).length > PATH_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "must be an absolute path of at most " + PATH_BYTES_MAX + " bytes");
        }
    }

    /**
     * The address to bind, after a file on which nobody listens any more was removed.
     *
     * @throws BindException if somebody listens there
     * @throws IOException if the file cannot be removed, or is no socket of that kind
     */
    public UnixDomainSocketAddress toBind() throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(path);
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return address;
        }
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            if (probe.connect(address)) {
                throw new BindException("somebody listens on " + path);
            }
        } catch (BindException e) {
            throw e;
        } catch (IOException e) {
            // Left over from a process that is gone.
            if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .isOther()) {
                throw new BindException(path + " is there and is no socket");
            }
            Files.delete(path);
        }
        return address;
    }

    @Override
    public String toString() {
        return "unix:" + path;
    }
}
