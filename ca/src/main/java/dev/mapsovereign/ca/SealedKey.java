package dev.mapsovereign.ca;

import dev.mapsovereign.base.crypto.Secret;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;

/**
 * A private key as PEM: plain PKCS#8 for online issuers, or sealed under a passphrase (PBES2 of RFC
 * 8018: PBKDF2-HMAC-SHA256 and AES-256-CBC) for the root, so that openssl opens it too.
 */
final class SealedKey {
    private static final String PLAIN = "PRIVATE KEY";
    private static final String SEALED = "ENCRYPTED PRIVATE KEY";
    private static final String SCHEME = "PBEWithHmacSHA256AndAES_256";
    private static final SecureRandom RANDOM = new SecureRandom();

    private SealedKey() {}

    static byte[] plain(PrivateKey key) {
        return pem(PLAIN, key.getEncoded());
    }

    static byte[] sealed(PrivateKey key, Secret passphrase) throws GeneralSecurityException {
        byte[] salt = new byte[16];
        byte[] iv = new byte[16];
        RANDOM.nextBytes(salt);
        RANDOM.nextBytes(iv);
        Cipher cipher = Cipher.getInstance(SCHEME);
        cipher.init(
                Cipher.ENCRYPT_MODE,
                secretKey(passphrase),
                new PBEParameterSpec(salt, Limits.SEAL_ROUNDS, new IvParameterSpec(iv)));
        try {
            // The cipher names its parameters after itself; PKCS#8 wants the scheme's object id.
            AlgorithmParameters parameters = AlgorithmParameters.getInstance("PBES2");
            parameters.init(cipher.getParameters().getEncoded());
            return pem(
                    SEALED,
                    new EncryptedPrivateKeyInfo(parameters, cipher.doFinal(key.getEncoded()))
                            .getEncoded());
        } catch (IOException e) {
            throw new GeneralSecurityException("couldn't encode a sealed key", e);
        }
    }

    static PrivateKey open(byte[] pem, Secret passphrase)
            throws GeneralSecurityException, IOException {
        EncryptedPrivateKeyInfo sealed = new EncryptedPrivateKeyInfo(content(pem, SEALED));
        Cipher cipher = Cipher.getInstance(SCHEME);
        cipher.init(Cipher.DECRYPT_MODE, secretKey(passphrase), sealed.getAlgParameters());
        try {
            return privateKey(cipher.doFinal(sealed.getEncryptedData()));
        } catch (GeneralSecurityException e) {
            throw new GeneralSecurityException(
                    "wrong passphrase, or not the key that was sealed", e);
        }
    }

    private static SecretKey secretKey(Secret passphrase) throws GeneralSecurityException {
        char[] characters =
                passphrase.use(
                        bytes -> StandardCharsets.US_ASCII.decode(ByteBuffer.wrap(bytes)).array());
        PBEKeySpec spec = new PBEKeySpec(characters);
        try {
            return SecretKeyFactory.getInstance(SCHEME).generateSecret(spec);
        } finally {
            spec.clearPassword();
            Arrays.fill(characters, '\0');
        }
    }

    static PrivateKey openPlain(byte[] pem) throws GeneralSecurityException {
        return privateKey(content(pem, PLAIN));
    }

    private static PrivateKey privateKey(byte[] pkcs8) throws GeneralSecurityException {
        return IssuerKeys.read(pkcs8);
    }

    static byte[] pem(String label, byte[] der) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return ("-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] content(byte[] pem, String label) throws GeneralSecurityException {
        String text = new String(pem, StandardCharsets.US_ASCII);
        String begin = "-----BEGIN " + label + "-----\n";
        int end = text.indexOf("-----END " + label + "-----");
        if (!text.startsWith(begin) || end < 0) {
            throw new GeneralSecurityException("not a PEM " + label);
        }
        return Base64.getMimeDecoder().decode(text.substring(begin.length(), end));
    }
}
