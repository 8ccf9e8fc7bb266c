package dev.mapsovereign.node.control;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.gateway.http.HttpDate;
import dev.mapsovereign.gateway.http1.Http1Session;
import dev.mapsovereign.gateway.listen.BodyBudget;
import dev.mapsovereign.gateway.listen.Connection;
import dev.mapsovereign.gateway.listen.Listener;
import dev.mapsovereign.gateway.listen.PlainTransport;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import jdk.net.UnixDomainPrincipal;

/**
 * The door through which a running node takes administrative orders: HTTP/1.1 on a Unix socket,
 * {@code POST /v1/admin/<verb>}, JSON in and out.
 *
 * <p>The socket is made inside a folder that only this process can enter, gets mode 0660 and the
 * operators' group there, and is then renamed into place: at no moment can anybody connect whom the
 * mode would keep out.
 */
public final class ControlSocket implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ControlSocket.class.getName());
    private static final int BACKLOG = 64;

    private final Path path;
    private final Listener listener;

    private ControlSocket(Path path, Listener listener) {
        this.path = path;
        this.listener = listener;
    }

    /**
     * Starts listening.
     *
     * @param path the socket's file; its folder is made where it is missing
     * @param group the operators' group, where there is one
     * @param handler does the verbs
     * @throws OperatorException with exit code 3 when another node listens there, or when the file
     *     cannot be made
     */
    public static ControlSocket open(Path path, Optional<String> group, AdminHandler handler) {
        refuseIfSomebodyListens(path);
        try {
            Path parent = path.toAbsolutePath().getParent();
            Files.createDirectories(parent);
            Path folder =
                    Files.createTempDirectory(
                            parent,
                            ".c",
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rwx------")));
            try {
                return open(path, folder, group, handler);
            } finally {
                Files.deleteIfExists(folder.resolve("s"));
                Files.delete(folder);
            }
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "cannot make the control socket " + path + ": " + e.getMessage(),
                    e);
        }
    }

    private static ControlSocket open(
            Path path, Path folder, Optional<String> group, AdminHandler handler)
            throws IOException {
        Path made = folder.resolve("s");
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try (SocketPath reachable = SocketPath.of(made)) {
            server.bind(reachable.address(), BACKLOG);
            protect(made, group);
            PeerCheck check = new PeerCheck(made, group);
            Files.move(made, path, StandardCopyOption.ATOMIC_MOVE);
            Listener listener =
                    Listener.start(
                            "control",
                            server,
                            Limits.EDGE,
                            PlainTransport::new,
                            session(check, handler));
            return new ControlSocket(path, listener);
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /** Stops taking orders; gives those under way a moment to finish. */
    @Override
    public void close() {
        try {
            Files.deleteIfExists(path);
            listener.stopAccepting();
            listener.finish(Duration.ofSeconds(2));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "cannot remove the control socket " + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            listener.close();
        }
    }

    private static Listener.Session session(PeerCheck check, AdminHandler handler) {
        BodyBudget bodies = new BodyBudget(Limits.EDGE.bodyBytesTogetherMax());
        HttpDate date = new HttpDate(InstantSource.system());
        return connection -> {
            UnixDomainPrincipal peer = PeerCheck.peerOf(connection.channel());
            Operator operator = new Operator(peer.user().getName(), peer.group().getName());
            serve(connection, check.allows(peer), operator, handler, bodies, date);
        };
    }

    private static void serve(
            Connection connection,
            boolean allowed,
            Operator operator,
            AdminHandler handler,
            BodyBudget bodies,
            HttpDate date)
            throws IOException {
        new Http1Session(new AdminRequests(operator, allowed, handler), bodies, date)
                .serve(connection);
    }

    private static void protect(Path socket, Optional<String> group) throws IOException {
        PosixFileAttributeView view =
                Files.getFileAttributeView(socket, PosixFileAttributeView.class);
        if (group.isPresent()) {
            GroupPrincipal principal =
                    FileSystems.getDefault()
                            .getUserPrincipalLookupService()
                            .lookupPrincipalByGroupName(group.get());
            view.setGroup(principal);
        }
        view.setPermissions(PosixFilePermissions.fromString("rw-rw----"));
    }

    /** A socket file on which nobody listens is left over from a crash, and is replaced. */
    private static void refuseIfSomebodyListens(Path path) {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (SocketPath reachable = SocketPath.of(path);
                SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.connect(reachable.address());
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "a node listens on the control socket " + path + " already",
                    "stop it first, or give this one another node.run");
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "the control socket " + path + " is left over from a node that is gone");
        }
    }
}
