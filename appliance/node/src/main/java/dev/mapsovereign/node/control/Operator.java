package dev.mapsovereign.node.control;

/**
 * Who is at the other end of the control socket, as the kernel says (SO_PEERCRED): nobody can
 * pretend to be another.
 *
 * @param user user name on this host, or the number where it has no name
 * @param group the process's primary group
 */
public record Operator(String user, String group) {}
