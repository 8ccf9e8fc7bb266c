package dev.mapsovereign.config;

/** Numbers of bytes as people write them: {@code 64 MiB}, {@code 512KiB}, {@code 5242880}. */
final class Sizes {
    static final String RULE = "must be a size such as \"64 MiB\", \"512 KiB\" or 5242880";

    private Sizes() {}

    /**
     * @throws IllegalArgumentException with the rule, for any other text
     */
    static long parse(String text) {
        int end = 0;
        while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
        }
        int unitAt = end < text.length() && text.charAt(end) == ' ' ? end + 1 : end;
        try {
            return Math.multiplyExact(
                    Long.parseLong(text.substring(0, end)), unit(text.substring(unitAt)));
        } catch (NumberFormatException | ArithmeticException e) {
            throw new IllegalArgumentException(RULE, e);
        }
    }

    /** A short text that {@link #parse} reads as that size. */
    static String text(long bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        long amount = bytes;
        int unit = 0;
        while (amount != 0 && amount % 1024 == 0 && unit < units.length - 1) {
            amount /= 1024;
            unit++;
        }
        return amount + " " + units[unit];
    }

    // Powers of 1024 under their own names only: what "MB" means, nobody agrees on.
    private static long unit(String name) {
        return switch (name) {
            case "", "B" -> 1L;
            case "KiB" -> 1L << 10;
            case "MiB" -> 1L << 20;
            case "GiB" -> 1L << 30;
            case "TiB" -> 1L << 40;
            default -> throw new IllegalArgumentException(RULE);
        };
    }
}
