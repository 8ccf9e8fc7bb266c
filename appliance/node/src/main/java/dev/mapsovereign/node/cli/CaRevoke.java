package dev.mapsovereign.node.cli;

import dev.mapsovereign.base.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code map ca revoke}: a certificate goes. */
@Command(
        name = "revoke",
        description = {
            "Takes a certificate back that was issued here, for good.",
            "Its issuer's revocation list is made anew. Run again, it keeps the first reason and date."
        },
        footer = {
            "",
            "Example:",
            "  map ca revoke 5f3a09c1d2e4b67788990a1b2c3d4e5f --reason keyCompromise"
        })
final class CaRevoke extends AdministrativeVerb {
    @Parameters(
            paramLabel = "SERIAL",
            description = "The certificate's serial number, in hex; colons may stand between.")
    private String serial = "";

    @Option(
            names = "--reason",
            paramLabel = "REASON",
            defaultValue = "unspecified",
            description = {
                "keyCompromise, superseded, cessationOfOperation, affiliationChanged,",
                "privilegeWithdrawn or unspecified, the default."
            })
    private String reason = "";

    CaRevoke(Terminal terminal) {
        super(terminal);
    }

    @Override
    String verb() {
        return "ca.revoke";
    }

    @Override
    JsonObject arguments() {
        return JsonObject.builder().put("serial", serial).put("reason", reason).build();
    }
}
