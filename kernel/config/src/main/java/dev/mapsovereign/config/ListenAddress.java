package dev.mapsovereign.config;

/**
 * Where a server listens: {@code host:port}, an IPv6 address in brackets.
 *
 * @param host an address or a name, without brackets
 * @param port 0 to 65535; 0 lets the system choose
 */
public record ListenAddress(String host, int port) {
    private static final String RULE = "must be host:port, for example \"127.0.0.1:8080\"";
    private static final int PORT_MAX = 65_535;
    private static final int HOST_LENGTH_MAX = 253;

    /**
     * @throws IllegalArgumentException for what can be no host and port
     */
    public ListenAddress {
        if (host.isEmpty() || host.length() > HOST_LENGTH_MAX || port < 0 || port > PORT_MAX) {
            throw new IllegalArgumentException(RULE);
        }
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (!letter && !(c >= '0' && c <= '9') && ".-:_%".indexOf(c) < 0) {
                throw new IllegalArgumentException(RULE);
            }
        }
    }

    /**
     * @throws IllegalArgumentException with the rule, for any other text
     */
    public static ListenAddress parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException(RULE);
        }
        String host = text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (bracketed) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            throw new IllegalArgumentException(RULE + "; an IPv6 address needs brackets");
        }
        return new ListenAddress(host, port(text.substring(colon + 1)));
    }

    private static int port(String digits) {
        for (int i = 0; i < digits.length(); i++) {
            if (digits.charAt(i) < '0' || digits.charAt(i) > '9') {
                throw new IllegalArgumentException(RULE);
            }
        }
        if (digits.isEmpty() || digits.length() > 5) {
            throw new IllegalArgumentException(RULE);
        }
        return Integer.parseInt(digits);
    }

    /**
     * Whether only this machine can connect, judged by the text alone: {@code localhost}, {@code
     * ::1} and dotted addresses of 127.0.0.0/8. No name is looked up, since a resolver may say
     * something else later.
     */
    public boolean isLoopback() {
        if (host.equals("localhost") || host.equals("::1")) {
            return true;
        }
        String[] parts = host.split("\\.", -1);
        if (parts.length != 4 || !parts[0].equals("127")) {
            return false;
        }
        for (String part : parts) {
            if (part.isEmpty() || part.length() > 3 || !part.chars().allMatch(Character::isDigit)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
