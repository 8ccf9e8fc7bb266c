-- 0008 roles: who may do what, in one place.
--
-- Why:   two roles keep the audit index honest on PostgreSQL. The owner (whoever runs these files)
--        may change the schema, rebuild and prune. map_engine is what a serving node needs: on
--        audit_chain it may insert and select and nothing else, so that not even a node that was
--        taken over rewrites a row. Give the node's login this role and nothing more
--        (CREATE ROLE map LOGIN PASSWORD '...' IN ROLE map_engine). A site with a single login that
--        owns the tables works too, and is protected by the journal alone.
-- Locks: none on rows; GRANT takes a short lock on each table's catalogue entry.
-- Twice: safe to run again, and worth it after an administrator created the role: without the right
--        to create roles this file says so in a warning and grants nothing.
-- H2:    has a twin: h2/0008_roles.sql. An embedded database has one user, the node itself.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'map_engine') THEN
        BEGIN
            CREATE ROLE map_engine NOLOGIN;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN
                NULL; -- another database of this server is being migrated at this moment
            WHEN insufficient_privilege THEN
                RAISE WARNING 'role map_engine is missing and % may not create it', current_user
                    USING HINT = 'As an administrator: CREATE ROLE map_engine NOLOGIN;'
                        ' then run this file again as the owner of the tables.';
                RETURN;
        END;
    END IF;

    EXECUTE format('GRANT USAGE ON SCHEMA %I TO map_engine', current_schema());
    GRANT SELECT ON schema_history TO map_engine;
    GRANT SELECT, INSERT, UPDATE ON tenant TO map_engine;
    GRANT SELECT, INSERT ON audit_chain TO map_engine;
    GRANT SELECT, INSERT, UPDATE ON audit_projection TO map_engine;
    GRANT EXECUTE ON FUNCTION audit_chain_month TO map_engine;
    GRANT SELECT, INSERT, UPDATE ON api_key, capability_grant TO map_engine;
    GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_result TO map_engine;
    GRANT SELECT, INSERT, UPDATE, DELETE ON mailbox, mailbox_binding, message TO map_engine;
    GRANT SELECT, INSERT ON audit_export, audit_export_range, audit_receipt TO map_engine;
END
$$;
