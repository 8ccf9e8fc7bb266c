package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.capability.Capability;
import dev.mapsovereign.base.capability.Terms;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.identity.CapabilityName;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.time.UtcSeconds;
import dev.mapsovereign.engine.agreement.Delegation;
import dev.mapsovereign.engine.agreement.SignedText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code map delegation create}: signs one, where the delegator's key is. */
@Command(
        name = "create",
        description = {
            "Signs a delegation with the delegator's key; needs no node and no network.",
            "An operator of the node then takes it with map delegation import."
        },
        footer = {
            "",
            "Example:",
            "  map delegation create --tenant acme --from did:oas:acme:agent:clerk \\",
            "    --to did:oas:acme:agent:helper --key clerk.pem --expires 2027-01-01T00:00:00Z \\",
            "    --limit max_per_hour=10 --out helper.json map.max.audit_query"
        })
final class DelegationCreate extends Verb {
    private static final int SERIAL_BYTES = 16;

    @Option(names = "--tenant", required = true, paramLabel = "TENANT", description = "Where.")
    private String tenant = "";

    @Option(names = "--from", required = true, paramLabel = "DID", description = "Who delegates.")
    private String from = "";

    @Option(names = "--to", required = true, paramLabel = "DID", description = "To whom.")
    private String to = "";

    @Option(
            names = "--key",
            required = true,
            paramLabel = "FILE",
            description = {
                "The delegator's private key: Ed25519, PKCS#8 PEM, mode 0600. Its",
                "public half stands in the delegator's document under",
                "capabilityDelegation."
            })
    private Path key = Path.of("");

    @Option(
            names = "--expires",
            required = true,
            paramLabel = "TIME",
            description = "When it ends, RFC 3339; at most 366 days after its import.")
    private String expires = "";

    @Option(names = "--not-before", paramLabel = "TIME", description = "When it begins.")
    private Optional<String> notBefore = Optional.empty();

    @Option(
            names = "--may-delegate",
            description = "Lets the delegate pass it on, as wide as this or narrower.")
    private boolean mayDelegate;

    @Option(
            names = "--limit",
            paramLabel = "NAME=NUMBER",
            description = "As of map capability grant. May be repeated.")
    private List<String> limits = List.of();

    @Option(
            names = "--caveat",
            paramLabel = "CAVEAT",
            description = "As of map capability grant. May be repeated.")
    private List<String> caveats = List.of();

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Where to; must not exist. Default: standard output.")
    private Optional<Path> out = Optional.empty();

    @Parameters(
            arity = "1..*",
            paramLabel = "CAPABILITY",
            description = "Such as map.max.audit_query or map.max.*")
    private List<String> capabilities = List.of();

    DelegationCreate(Terminal terminal) {
        super(terminal);
    }

    @Override
    ExitCode run() {
        SignedText unsigned;
        try {
            List<Capability> given = new ArrayList<>();
            for (String name : capabilities) {
                given.add(
                        new Capability(
                                new CapabilityName(name),
                                Optional.empty(),
                                Terms.limits(limits),
                                Terms.caveats(caveats)));
            }
            byte[] serial = new byte[SERIAL_BYTES];
            new SecureRandom().nextBytes(serial);
            unsigned =
                    SignedText.of(
                            Delegation.unsigned(
                                    TenantId.of(tenant),
                                    AgentDid.parse(from),
                                    AgentDid.parse(to),
                                    given,
                                    notBefore.map(text -> time("--not-before", text)),
                                    time("--expires", expires),
                                    mayDelegate,
                                    HexFormat.of().formatHex(serial)));
            if (!Delegation.parse(unsigned).expiresAt().isAfter(Instant.now())) {
                throw new IllegalArgumentException("--expires lies in the past");
            }
        } catch (IllegalArgumentException e) {
            throw new OperatorException(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
        }
        SignedText signed =
                unsigned.signed(
                        AgentDid.parse(from),
                        Instant.now().truncatedTo(ChronoUnit.SECONDS),
                        AgentKey.sign(key, unsigned.signedBytes()));
        String text = CanonicalJson.text(signed.json()) + "\n";
        if (out.isEmpty()) {
            terminal().out().print(text);
        } else {
            write(out.get(), text);
            terminal()
                    .show(
                            JsonObject.builder()
                                    .put("id", signed.digest())
                                    .put("file", out.get().toString())
                                    .build(),
                            output());
        }
        return ExitCode.DONE;
    }

    private static Instant time(String option, String text) {
        try {
            return UtcSeconds.parse(text);
        } catch (DateTimeParseException e) {
            throw new OperatorException(
                    ExitCode.USAGE,
                    option + " is not a time: " + text,
                    "such as 2027-01-01T00:00:00Z");
        }
    }

    private static void write(Path file, String text) {
        try {
            DurableFiles.writeNew(
                    file.toAbsolutePath(), text.getBytes(StandardCharsets.UTF_8), Mode.PUBLIC);
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "couldn't write " + file + ": " + IoReason.of(e), e);
        }
    }
}
