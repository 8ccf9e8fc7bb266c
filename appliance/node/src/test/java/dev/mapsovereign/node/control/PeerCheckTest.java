package dev.mapsovereign.node.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.Optional;
import jdk.net.UnixDomainPrincipal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeerCheckTest {
    private final UserPrincipalLookupService lookup =
            FileSystems.getDefault().getUserPrincipalLookupService();

    @TempDir private Path folder;

    @Test
    void allows_rootAndOwnUserAndGroup_nobodyElse() throws IOException {
        Path own = Files.createFile(folder.resolve("own"));
        PosixFileAttributes attributes =
                Files.readAttributes(own, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        UserPrincipal stranger = lookup.lookupPrincipalByName("54321");
        GroupPrincipal strangers = lookup.lookupPrincipalByGroupName("54322");
        GroupPrincipal ownGroup = attributes.group();
        PeerCheck check = new PeerCheck(own, Optional.of(ownGroup.getName()));
        assertThat(check.allows(new UnixDomainPrincipal(attributes.owner(), strangers))).isTrue();
        assertThat(
                        check.allows(
                                new UnixDomainPrincipal(
                                        lookup.lookupPrincipalByName("root"), strangers)))
                .isTrue();
        assertThat(check.allows(new UnixDomainPrincipal(stranger, ownGroup))).isTrue();
        assertThat(check.allows(new UnixDomainPrincipal(stranger, strangers))).isFalse();
        PeerCheck withoutGroup = new PeerCheck(own, Optional.empty());
        assertThat(withoutGroup.allows(new UnixDomainPrincipal(stranger, ownGroup))).isFalse();
    }
}
