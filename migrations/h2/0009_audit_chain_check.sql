-- 0009 audit_chain_check for H2: the auditor's role alone.
--
-- Why:   see ../0009_audit_chain_check.sql. The views are for people with psql; an embedded
--        database is open in one process, the node, which compares its rows with the log by
--        map audit verify --database.
-- Locks: none.
-- Twice: safe to run again; a second run changes nothing.

CREATE ROLE IF NOT EXISTS map_auditor;
GRANT SELECT ON schema_history, audit_chain, audit_projection TO map_auditor;
