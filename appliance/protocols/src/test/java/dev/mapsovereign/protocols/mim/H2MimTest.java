package dev.mapsovereign.protocols.mim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.database.Database;
import dev.mapsovereign.engine.module.ModuleRefusal;
import dev.mapsovereign.protocols.testing.Caller;
import dev.mapsovereign.protocols.testing.Databases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class H2MimTest extends MimContract {
    @TempDir private Path folder;

    @Override
    Database open() {
        return Databases.h2(folder);
    }

    @Test
    void send_answered_isInACopyOfTheFileMadeAtThatMoment(@TempDir Path other)
            throws ModuleRefusal, IOException {
        Database live = Databases.h2(other);
        try {
            String bob = "did:oas:acme:agent:bob";
            String input = "{'to':'mailbox://" + bob + "','body':{'kept':true}}";
            mim(live, "did:oas:acme:agent:alice").call("message_send", input);

            // What a power cut would leave: the file as it is, nothing closed in order.
            Path copy = Files.createDirectory(other.resolve("after"));
            Files.copy(other.resolve("map.mv.db"), copy.resolve("map.mv.db"));
            Database restarted = Databases.h2(copy);
            try {
                assertThat(
                                mim(restarted, bob)
                                        .call("message_receive", "{'from':'mailbox://" + bob + "'}")
                                        .array("messages")
                                        .orElseThrow()
                                        .values())
                        .hasSize(1);
            } finally {
                restarted.close();
            }
        } finally {
            live.close();
        }
    }

    private static Caller mim(Database database, String did) {
        MimConfig config = MimConfig.defaults();
        Mailboxes mailboxes = new Mailboxes(database, Clock.systemUTC(), config.dedupWindow());
        return new Caller(
                new MimModule(mailboxes, config),
                TenantId.of("acme"),
                Optional.of(AgentDid.parse(did)));
    }
}
