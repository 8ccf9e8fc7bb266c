package dev.mapsovereign.node.control;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;

/**
 * Decides who may give orders: root, the node's own user, and members of the operators' group.
 *
 * <p>The socket's mode lets nobody else connect in the first place; this is the second lock, for
 * the day on which somebody changes the mode.
 */
final class PeerCheck {
    private static final Path GROUPS = Path.of("/etc/group");

    private final UserPrincipal own;
    private final Optional<UserPrincipal> root;
    private final Optional<String> group;

    /**
     * Lets the owner of {@code ownFile} in.
     *
     * @param ownFile a file that this process has made
     * @param group name of the operators' group
     */
    PeerCheck(Path ownFile, Optional<String> group) throws IOException {
        this.own = Files.getOwner(ownFile);
        this.root = lookupRoot();
        this.group = group;
    }

    /** What the kernel says about a peer. */
    static UnixDomainPrincipal peerOf(SocketChannel channel) throws IOException {
        return channel.getOption(ExtendedSocketOptions.SO_PEERCRED);
    }

    boolean allows(UnixDomainPrincipal peer) {
        return peer.user().equals(own)
                || root.map(peer.user()::equals).orElse(false)
                || group.map(name -> isMember(peer, name)).orElse(false);
    }

    private static boolean isMember(UnixDomainPrincipal peer, String group) {
        return peer.group().getName().equals(group)
                || members(group).contains(peer.user().getName());
    }

    /** SO_PEERCRED tells the primary group alone; the others stand in the group file. */
    private static List<String> members(String group) {
        try {
            for (String line : Files.readAllLines(GROUPS, StandardCharsets.UTF_8)) {
                String[] parts = line.split(":", -1);
                if (parts.length == 4 && parts[0].equals(group)) {
                    return Arrays.asList(parts[3].split(","));
                }
            }
        } catch (IOException e) {
            // Without a group file there are no further members.
        }
        return List.of();
    }

    private static Optional<UserPrincipal> lookupRoot() {
        UserPrincipalLookupService lookup =
                FileSystems.getDefault().getUserPrincipalLookupService();
        for (String name : List.of("root", "0")) {
            try {
                return Optional.of(lookup.lookupPrincipalByName(name));
            } catch (IOException e) {
                // A host without that name; the number comes next.
            }
        }
        return Optional.empty();
    }
}
