package dev.mapsovereign.gateway.http1;

import dev.mapsovereign.gateway.http.Fields;
import dev.mapsovereign.gateway.http.Grammar;
import dev.mapsovereign.gateway.http.RequestException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The target of a request line (RFC 9112 §3.2).
 *
 * @param pathAndQuery begins with a slash, or is {@code *}
 * @param authority that of an absolute form
 */
record Target(String pathAndQuery, Optional<String> authority) {

    static Target parse(String text, String method) throws RequestException {
        Grammar.requireVisible(text, "the request target");
        if (text.startsWith("/") || (text.equals("*") && method.equals("OPTIONS"))) {
            if (text.indexOf('#') >= 0) {
                throw RequestException.malformed("the request target holds a fragment");
            }
            return new Target(text, Optional.empty());
        }
        String lower = text.toLowerCase(Locale.ROOT);
        int skip = lower.startsWith("http://") ? 7 : lower.startsWith("https://") ? 8 : -1;
        if (skip < 0 || text.indexOf('#') >= 0) {
            throw RequestException.malformed("the request target is neither a path nor a URL");
        }
        int slash = text.indexOf('/', skip);
        String authority = slash < 0 ? text.substring(skip) : text.substring(skip, slash);
        Grammar.requireAuthority(authority);
        return new Target(slash < 0 ? "/" : text.substring(slash), Optional.of(authority));
    }

    /** The value of {@code Host}: exactly one in HTTP/1.1, at most one in HTTP/1.0. */
    static String host(Fields fields, int minorVersion) throws RequestException {
        List<String> hosts = fields.all("host");
        if (hosts.size() > 1 || (hosts.isEmpty() && minorVersion == 1)) {
            throw RequestException.malformed("a request needs exactly one Host field");
        }
        if (hosts.isEmpty()) {
            return "";
        }
        Grammar.requireAuthority(hosts.getFirst());
        return hosts.getFirst();
    }
}
