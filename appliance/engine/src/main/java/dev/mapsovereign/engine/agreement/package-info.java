/**
 * What agents and organizations agreed on and signed: delegations from agent to agent, treaties
 * between tenants. The rows hold the signed texts, and whoever reads them verifies them again, so
 * that whoever writes into the database can end an agreement, but not make one.
 */
package dev.mapsovereign.engine.agreement;
