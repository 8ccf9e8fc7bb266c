package dev.mapsovereign.plugin;

/** What the host tells the audit log about its folder. */
public sealed interface PluginEvent {
    /** A plugin is callable from now on. */
    record Loaded(String name, String version, String protocol, String signer, String sha256)
            implements PluginEvent {}

    /** A plugin that was callable is not any more: its folder is gone. */
    record Removed(String name, String version, String protocol) implements PluginEvent {}

    /** A folder was looked at and refused; it is told again only when the folder changes. */
    record Refused(String folder, String reason) implements PluginEvent {}
}
