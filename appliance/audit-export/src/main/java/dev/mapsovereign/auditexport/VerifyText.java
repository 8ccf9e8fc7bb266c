package dev.mapsovereign.auditexport;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.auditlog.bundle.BundleLayout;
import dev.mapsovereign.base.note.VerifierKey;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** The conveniences of a bundle: how to check it by hand, a copy of the verifier, the keys. */
final class VerifyText {
    private static final String PROGRAM = "verify.py";

    private VerifyText() {}

    /** A copy of the stand-alone verifier. */
    static byte[] program() throws IOException {
        try (InputStream in = VerifyText.class.getResourceAsStream(PROGRAM)) {
            if (in == null) {
                throw new IOException("this build lacks its copy of " + PROGRAM);
            }
            return in.readAllBytes();
        }
    }

    /** Verifier keys, one a line. */
    static String keys(List<VerifierKey> keys) {
        StringBuilder text = new StringBuilder();
        keys.forEach(key -> text.append(key.vkey()).append('\n'));
        return text.toString();
    }

    /** What a person at a bare machine needs; ASCII. */
    static String of(AuditLog log, BundleDescription description) {
        String bundle = BundleLayout.bundleFolder(description.number());
        BundleDescription.Range node = description.ranges().getFirst();
        String checkpoint =
                BundleLayout.bundleCheckpoint(description.number(), node.tenant(), node.to());
        return TEXT.replace("<node>", log.node())
                .replace("<bundle>", bundle)
                .replace("<checkpoint>", checkpoint);
    }

    private static final String TEXT =
            """
            Audit bundle <bundle> of the node <node>

            DO NOT TRUST THIS MEDIUM. verify.py, keys/ and this text lie beside what they are to
            judge; whoever changed the one could have changed the others. Take

              the program   map-verify or verify.py, from a release whose signature you checked
              the key       of the log <node>/_node, as the node's operator gave it to you on paper
                            ('map audit status' prints it with its fingerprint); it belongs into a
                            trust file of two lines:
                                log <node>/_node+<8 hex digits>+<base64>
                                quorum none

            With either program:

              map-verify bundle PATH-OF-THIS-MEDIUM --trust TRUST-FILE --state STATE-FILE
              python3 -I verify.py PATH-OF-THIS-MEDIUM --trust TRUST-FILE

            Both print what they checked and what not, and exit with 0 only if all of it held.

            By hand, with sha256sum, openssl, base64 and awk alone. Begin in the folder
            MAP-AUDIT/<node> of this medium:

            1. Every file is the one that the manifest lists:

              sha256sum -c --strict --quiet <bundle>/manifest.txt

            2. The manifest is the one that was signed (the two must be equal):

              sha256sum < <bundle>/manifest.txt
              sed -n 4p <bundle>/manifest.sig

            3. The node signed it. Put the line of the key into VKEY:

              VKEY='<node>/_node+...'
              d=$(mktemp -d)
              { printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'
                printf %s "$VKEY" | sed 's/^[^+]*+[^+]*+//' | base64 -d | tail -c 32; } > $d/key
              signed() {
                sed '/^$/,$d' "$1" > $d/text
                awk -v n="${VKEY%%+*}" '$2 == n { print $3; exit }' "$1" |
                  base64 -d | tail -c +5 > $d/signature
                openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey $d/key \\
                  -sigfile $d/signature -in $d/text
              }
              signed <bundle>/manifest.sig

            4. So with the newest checkpoint of the node's log, whose second and third line are
               the number of its records and the root of their tree:

              signed <checkpoint>

            That every record hashes to that root, and each follows the one before, is what the
            programs compute. The formats are public: C2SP tlog-tiles, tlog-checkpoint,
            signed-note and tlog-proof, RFC 6962; any tile reader can read logs/.
            """;
}
