package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.Limits;
import dev.mapsovereign.engine.agreement.SignedText;
import dev.mapsovereign.engine.agreement.Treaty;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code map treaty sign}: one party's signature, where its key is. */
@Command(
        name = "sign",
        description = {
            "Adds a representative's signature to a treaty's file; needs no node and no network.",
            "Each party signs, in any order; then the file goes to map treaty import on either side."
        },
        footer = {
            "",
            "Example:",
            "  map treaty sign --did did:oas:acme:hmr:ada --key ada.pem treaty.json"
        })
final class TreatySign extends Verb {
    @Option(
            names = "--did",
            required = true,
            paramLabel = "DID",
            description = "Who signs: represented_by of one party.")
    private String did = "";

    @Option(
            names = "--key",
            required = true,
            paramLabel = "FILE",
            description = {
                "The private key: Ed25519, PKCS#8 PEM, mode 0600; its public half stands in the",
                "signer's document under assertionMethod."
            })
    private Path key = Path.of("");

    @Parameters(paramLabel = "FILE", description = "The treaty, JSON; it is written anew.")
    private Path file = Path.of("");

    TreatySign(Terminal terminal) {
        super(terminal);
    }

    @Override
    ExitCode run() {
        AgentDid signer;
        try {
            signer = AgentDid.parse(did);
        } catch (IllegalArgumentException e) {
            throw new OperatorException(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
        }
        Treaty treaty = treaty();
        if (treaty.parties().stream().noneMatch(party -> party.representedBy().equals(signer))) {
            throw new OperatorException(
                    ExitCode.USAGE, signer + " represents none of the treaty's parties");
        }
        SignedText signed =
                treaty.text()
                        .signed(
                                signer,
                                Instant.now().truncatedTo(ChronoUnit.SECONDS),
                                AgentKey.sign(key, treaty.text().signedBytes()));
        write(CanonicalJson.text(signed.json()) + "\n");
        terminal()
                .show(
                        JsonObject.builder()
                                .put("treaty", treaty.id())
                                .put("sha256", signed.digest())
                                .put(
                                        "signed_by",
                                        JsonArray.ofStrings(
                                                signed.signers().stream()
                                                        .map(AgentDid::text)
                                                        .toList()))
                                .build(),
                        output());
        return ExitCode.DONE;
    }

    private Treaty treaty() {
        String text = OperatorFile.text(file, Limits.AGREEMENT_BYTES_MAX);
        try {
            return Treaty.parse(SignedText.parse(text.getBytes(StandardCharsets.UTF_8)));
        } catch (IllegalArgumentException e) {
            throw new OperatorException(
                    ExitCode.USAGE, file + " is no treaty: " + e.getMessage(), e);
        }
    }

    private void write(String text) {
        try {
            DurableFiles.write(
                    file.toAbsolutePath(), text.getBytes(StandardCharsets.UTF_8), Mode.PUBLIC);
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "couldn't write " + file + ": " + IoReason.of(e), e);
        }
    }
}
