package dev.mapsovereign.custody;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.base.crypto.MlDsa44;
import dev.mapsovereign.testing.SeededRandom;
import dev.mapsovereign.testing.SeededRandomExtension;
import org.bouncycastle.crypto.CryptoException;
import org.bouncycastle.crypto.params.MLDSAParameters;
import org.bouncycastle.crypto.params.MLDSAPrivateKeyParameters;
import org.bouncycastle.crypto.params.MLDSAPublicKeyParameters;
import org.bouncycastle.crypto.signers.MLDSASigner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The JDK's ML-DSA-44 from a seed against a second implementation. */
@ExtendWith(SeededRandomExtension.class)
class MlDsa44AgreementTest {
    @Test
    void fromSeedAndSign_anySeed_agree(SeededRandom random) throws CryptoException {
        for (int round = 0; round < 10; round++) {
            byte[] seed = random.bytes(32);
            byte[] message = random.bytes(random.nextInt(300));
            MlDsa44.KeyPair44 ours = MlDsa44.fromSeed(seed);
            MLDSAPrivateKeyParameters theirs =
                    new MLDSAPrivateKeyParameters(MLDSAParameters.ml_dsa_44, seed);

            assertThat(ours.publicKey()).isEqualTo(theirs.getPublicKey());
            assertThat(accepts(ours.publicKey(), message, ours.sign(message))).isTrue();
            assertThat(MlDsa44.verify(ours.publicKey(), message, signed(theirs, message))).isTrue();
        }
    }

    private static boolean accepts(byte[] publicKey, byte[] message, byte[] signature) {
        MLDSASigner verifier = new MLDSASigner();
        verifier.init(false, new MLDSAPublicKeyParameters(MLDSAParameters.ml_dsa_44, publicKey));
        verifier.update(message, 0, message.length);
        return verifier.verifySignature(signature);
    }

    private static byte[] signed(MLDSAPrivateKeyParameters key, byte[] message)
            throws CryptoException {
        MLDSASigner signer = new MLDSASigner();
        signer.init(true, key);
        signer.update(message, 0, message.length);
        return signer.generateSignature();
    }
}
