package dev.mapsovereign.ca;

import dev.mapsovereign.base.identity.AgentDid;
import java.net.InetAddress;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A name that a certificate may state: parsed once, so that what is certified is what was meant.
 *
 * @param text as it stands in the certificate: lower case for DNS, no wildcard
 */
public record SubjectName(Kind kind, String text) {
    /** What sort of name. */
    public enum Kind {
        /** A host name (RFC 5280 §4.2.1.6 dNSName, preferred name syntax). */
        DNS,
        /** An IPv4 or IPv6 address. */
        ADDRESS,
        /** A DID, as URI. */
        DID
    }

    private static final Pattern DNS =
            Pattern.compile(
                    "(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");
    private static final Pattern ADDRESS =
            Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*");

    /**
     * Reads a name and finds its kind.
     *
     * @throws IllegalArgumentException for anything that is none of the three; wildcards are none
     */
    public static SubjectName parse(String text) {
        if (text.startsWith("did:")) {
            return new SubjectName(Kind.DID, AgentDid.parse(text).text());
        }
        if (ADDRESS.matcher(text).matches()) {
            return new SubjectName(Kind.ADDRESS, InetAddress.ofLiteral(text).getHostAddress());
        }
        String lower = text.toLowerCase(Locale.ROOT);
        if (DNS.matcher(lower).matches()) {
            return new SubjectName(Kind.DNS, lower);
        }
        throw new IllegalArgumentException("neither a host name, an address nor a DID: " + text);
    }

    /** The address's bytes, four or sixteen; only for {@link Kind#ADDRESS}. */
    byte[] addressBytes() {
        return InetAddress.ofLiteral(text).getAddress();
    }
}
