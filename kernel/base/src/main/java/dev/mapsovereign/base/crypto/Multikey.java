package dev.mapsovereign.base.crypto;

/**
 * An Ed25519 public key as DID documents spell it ({@code z6Mk…}): multibase {@code z} (base58btc)
 * over the multicodec prefix 0xed 0x01 and the 32 bytes of the key (W3C Controlled Identifiers 1.0,
 * Multikey).
 */
public final class Multikey {
    private static final char BASE58BTC = 'z';
    private static final byte CODEC_FIRST = (byte) 0xed;
    private static final byte CODEC_SECOND = 0x01;

    private Multikey() {}

    /**
     * The text of a key.
     *
     * @throws IllegalArgumentException unless it has 32 bytes
     */
    public static String encode(byte[] publicKey) {
        if (publicKey.length != StrictEd25519.PUBLIC_KEY_BYTES) {
            throw new IllegalArgumentException("a key of " + publicKey.length + " bytes, not 32");
        }
        byte[] coded = new byte[2 + publicKey.length];
        coded[0] = CODEC_FIRST;
        coded[1] = CODEC_SECOND;
        System.arraycopy(publicKey, 0, coded, 2, publicKey.length);
        return BASE58BTC + Base58.encode(coded);
    }

    /**
     * The 32 bytes of a key.
     *
     * @throws IllegalArgumentException for another base, another codec, another length, or bytes
     *     that {@link StrictEd25519} refuses as a key
     */
    public static byte[] decode(String text) {
        if (text.isEmpty() || text.charAt(0) != BASE58BTC) {
            throw new IllegalArgumentException("a multibase key begins with z (base58btc)");
        }
        byte[] coded = Base58.decode(text.substring(1));
        if (coded.length != 2 + StrictEd25519.PUBLIC_KEY_BYTES
                || coded[0] != CODEC_FIRST
                || coded[1] != CODEC_SECOND) {
            throw new IllegalArgumentException(
                    "a multibase key holds the prefix ed01 and 32 bytes of Ed25519");
        }
        byte[] publicKey = new byte[StrictEd25519.PUBLIC_KEY_BYTES];
        System.arraycopy(coded, 2, publicKey, 0, publicKey.length);
        if (!StrictEd25519.permitsKey(publicKey)) {
            throw new IllegalArgumentException("the key is no permitted point of Ed25519");
        }
        return publicKey;
    }
}
