package dev.mapsovereign.plugin;

import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.note.NoteSigner;
import java.io.IOException;
import java.nio.file.Path;

/** Signs a plugin's folder, after the same checks that loading makes. */
public final class PluginSigner {
    private PluginSigner() {}

    /**
     * Writes {@code plugin.sig} into {@code folder}.
     *
     * @return the manifest of what was signed
     * @throws PluginRefusedException if the host would refuse the plugin for another reason than
     *     its signature
     */
    public static PluginManifest sign(Path folder, NoteSigner signer)
            throws PluginRefusedException, IOException {
        PluginFolder content = PluginFolder.read(folder);
        byte[] note = content.sign(signer);
        DurableFiles.write(folder.resolve(PluginSignature.FILE), note, Mode.PUBLIC);
        return content.manifest();
    }
}
