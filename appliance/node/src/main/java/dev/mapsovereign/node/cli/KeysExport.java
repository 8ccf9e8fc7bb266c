package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code map keys export}: an agent's key, for the agent. */
@Command(
        name = "export",
        description = {
            "Writes the key of an identity that map init made as PKCS#8 PEM, mode 0600.",
            "Whoever is that agent gets it: openssl, curl and other TLS clients read it. The keys of",
            "the node itself are not exported."
        },
        footer = {
            "",
            "Example:",
            "  map keys export --key /etc/map/identity/clerk/did.key --out clerk.pem"
        })
final class KeysExport extends Verb {
    /** RFC 8410 §7: PKCS#8 of version 0 and algorithm 1.3.101.112, up to the 32 bytes. */
    private static final byte[] PKCS8_PREFIX =
            HexFormat.of().parseHex("302e020100300506032b657004220420");

    private static final int LINE_CHARACTERS = 64;

    @Option(
            names = "--key",
            required = true,
            paramLabel = "FILE",
            description = "The did.key of an identity.")
    private Path key = Path.of("");

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FILE",
            description = "Where to; a file that exists is not replaced.")
    private Path out = Path.of("");

    KeysExport(Terminal terminal) {
        super(terminal);
    }

    @Override
    ExitCode run() {
        byte[] pem;
        try (Secret seed = AgentKey.ownForm(key)) {
            pem = seed.use(KeysExport::pem);
        }
        try {
            DurableFiles.writeNew(out, pem, Mode.PRIVATE);
        } catch (FileAlreadyExistsException e) {
            throw new OperatorException(ExitCode.FAILED, out + " is there already", e);
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "cannot write " + out + ": " + IoReason.of(e), e);
        } finally {
            Arrays.fill(pem, (byte) 0);
        }
        terminal().show(JsonObject.builder().put("file", out.toString()).build(), output());
        return ExitCode.DONE;
    }

    private static byte[] pem(byte[] seed) {
        byte[] der = Arrays.copyOf(PKCS8_PREFIX, PKCS8_PREFIX.length + seed.length);
        System.arraycopy(seed, 0, der, PKCS8_PREFIX.length, seed.length);
        byte[] encoded = Base64.getMimeEncoder(LINE_CHARACTERS, new byte[] {'\n'}).encode(der);
        byte[] begin = "-----BEGIN PRIVATE KEY-----\n".getBytes(StandardCharsets.US_ASCII);
        byte[] end = "\n-----END PRIVATE KEY-----\n".getBytes(StandardCharsets.US_ASCII);
        byte[] pem = Arrays.copyOf(begin, begin.length + encoded.length + end.length);
        System.arraycopy(encoded, 0, pem, begin.length, encoded.length);
        System.arraycopy(end, 0, pem, begin.length + encoded.length, end.length);
        Arrays.fill(der, (byte) 0);
        Arrays.fill(encoded, (byte) 0);
        return pem;
    }
}
