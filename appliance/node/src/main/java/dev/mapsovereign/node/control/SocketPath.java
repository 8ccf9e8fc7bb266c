package dev.mapsovereign.node.control;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A socket's address also where its path is longer than the kernel takes: the folder is reached
 * through a link in the temporary folder then, which is gone again right after use.
 */
final class SocketPath implements AutoCloseable {
    private final UnixDomainSocketAddress address;
    private final Path temporary;
    private final boolean linked;

    private SocketPath(UnixDomainSocketAddress address, Path temporary, boolean linked) {
        this.address = address;
        this.temporary = temporary;
        this.linked = linked;
    }

    /** The address of that socket file, usable until {@link #close}. */
    static SocketPath of(Path socket) {
        Path absolute = socket.toAbsolutePath();
        if (bytes(absolute) <= Limits.SOCKET_PATH_BYTES_MAX) {
            return new SocketPath(UnixDomainSocketAddress.of(absolute), absolute, false);
        }
        try {
            Path folder = Files.createTempDirectory("map");
            Path link = folder.resolve("d");
            Files.createSymbolicLink(link, absolute.getParent());
            Path shorter = link.resolve(absolute.getFileName());
            if (bytes(shorter) > Limits.SOCKET_PATH_BYTES_MAX) {
                throw new OperatorException(
                        ExitCode.ENVIRONMENT,
                        "the path of the control socket is too long: " + absolute,
                        "choose a shorter node.run");
            }
            return new SocketPath(UnixDomainSocketAddress.of(shorter), folder, true);
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "cannot reach the control socket " + absolute, e);
        }
    }

    UnixDomainSocketAddress address() {
        return address;
    }

    @Override
    public void close() {
        if (!linked) {
            return;
        }
        try {
            Files.deleteIfExists(temporary.resolve("d"));
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            // An empty folder left in the temporary folder harms nobody.
        }
    }

    private static int bytes(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length;
    }
}
