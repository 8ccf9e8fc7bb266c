-- 0008 roles for H2: the same rights in H2's words, so that both schemas compare alike.
--
-- Why:   see ../0008_roles.sql. An embedded database has one user, the node itself, who owns
--        everything; the role protects nothing there, and is kept so that a query written for it is
--        tried under it in tests.
-- Locks: none.
-- Twice: safe to run again; a second run changes nothing.

CREATE ROLE IF NOT EXISTS map_engine;
GRANT SELECT ON schema_history TO map_engine;
GRANT SELECT, INSERT, UPDATE ON tenant TO map_engine;
GRANT SELECT, INSERT ON audit_chain TO map_engine;
GRANT SELECT, INSERT, UPDATE ON audit_projection TO map_engine;
GRANT SELECT, INSERT, UPDATE ON api_key, capability_grant TO map_engine;
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_result TO map_engine;
GRANT SELECT, INSERT, UPDATE, DELETE ON mailbox, mailbox_binding, message TO map_engine;
GRANT SELECT, INSERT ON audit_export, audit_export_range, audit_receipt TO map_engine;
