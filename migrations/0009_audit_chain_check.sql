-- 0009 audit_chain_check: the chain recomputed by the database itself, for an auditor with psql.
--
-- Why:   each record's hash is SHA-256 over the hash of the record before and the record's bytes
--        (docs/reference/audit-log.md), and PostgreSQL has sha256(). So a person who may only read
--        this database finds the first row that was changed, moved, removed or added, with no
--        program of ours. What it cannot find is a database whose owner rewrote the whole chain:
--        hold last_record_hash of audit_chain_verdict against a bundle or a checkpoint for that.
--        map_auditor is a role for such people: it reads the index and nothing else.
-- Locks: creates two views and a role; no row is locked. Reading a view reads all rows of the
--        chains it is asked for: name node and tenant_id where the table is large.
-- Twice: safe to run again; a second run replaces the views by the same ones.
-- H2:    has a twin without the views: h2/0009_audit_chain_check.sql.

-- One row for each row of audit_chain. finding is NULL where the row is as it must be; first_bad
-- is then the lowest index of what is wrong there. Only a row whose hash is right is read as JSON.
CREATE OR REPLACE VIEW audit_chain_check AS
SELECT
    linked.node,
    linked.tenant_id,
    linked.idx,
    linked.recorded_at,
    linked.record_hash,
    linked.computed_hash,
    CASE
        WHEN linked.idx > linked.idx_before + 1 THEN linked.idx_before + 1
        ELSE linked.idx
    END AS first_bad,
    CASE
        WHEN linked.idx = linked.idx_before THEN 'there are two rows of this index'
        WHEN linked.idx > linked.idx_before + 1
            THEN 'rows are missing up to index ' || (linked.idx - 1)
        WHEN linked.record_hash <> linked.computed_hash
            THEN 'record_hash is not SHA-256 of the hash before and this record'
        WHEN (said.index, said.tenant_id, said."timestamp"::timestamp with time zone,
                said.event_type, said.outcome)
            IS DISTINCT FROM (linked.idx::text, linked.tenant_id, linked.recorded_at,
                linked.event_type, linked.outcome)
            OR (said.correlation_id, said.caller_did, said.protocol, said.operation, said.stage,
                said.code)
            IS DISTINCT FROM (linked.correlation_id, linked.caller_did, linked.protocol,
                linked.operation, linked.stage, linked.code)
            THEN 'a column says something else than the record'
    END AS finding
FROM (
    SELECT
        chained.*,
        sha256(chained.hash_before || chained.record) AS computed_hash
    FROM (
        SELECT
            audit_chain.*,
            coalesce(lag(idx) OVER chain, -1) AS idx_before,
            coalesce(lag(record_hash) OVER chain, decode(repeat('00', 32), 'hex')) AS hash_before
        FROM audit_chain
        WINDOW chain AS (PARTITION BY node, tenant_id ORDER BY idx, recorded_at)
    ) AS chained
) AS linked
LEFT JOIN LATERAL json_to_record(
    CASE WHEN linked.record_hash = linked.computed_hash
        THEN convert_from(linked.record, 'UTF8')::json
    END
) AS said (
    index text, tenant_id text, "timestamp" text, event_type text, outcome text,
    correlation_id text, caller_did text, protocol text, operation text, stage text, code text
) ON true;

-- One row for each chain: how many rows, the first index that is wrong, and the hash that must be
-- the one that a bundle or the node's log states for a log of that size.
CREATE OR REPLACE VIEW audit_chain_verdict AS
SELECT
    chain.node,
    chain.tenant_id,
    chain.rows_checked,
    chain.last_idx,
    (
        SELECT encode(record_hash, 'hex') FROM audit_chain AS newest
        WHERE newest.node = chain.node AND newest.tenant_id = chain.tenant_id
            AND newest.idx = chain.last_idx
        LIMIT 1
    ) AS last_record_hash,
    split_part(chain.first_finding, ' ', 1)::bigint AS first_bad_idx,
    substr(chain.first_finding, 21) AS finding
FROM (
    SELECT
        node,
        tenant_id,
        count(*) AS rows_checked,
        max(idx) AS last_idx,
        -- Nineteen digits sort as numbers do; one text keeps the two together.
        min((to_char(first_bad, 'FM0000000000000000000') || ' ' || finding) COLLATE "C")
            AS first_finding
    FROM audit_chain_check
    GROUP BY node, tenant_id
) AS chain;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'map_auditor') THEN
        BEGIN
            CREATE ROLE map_auditor NOLOGIN;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN
                NULL; -- another database of this server is being migrated at this moment
            WHEN insufficient_privilege THEN
                RAISE WARNING 'role map_auditor is missing and % may not create it', current_user
                    USING HINT = 'As an administrator: CREATE ROLE map_auditor NOLOGIN;'
                        ' then run this file again as the owner of the tables.';
        END;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'map_auditor') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO map_auditor', current_schema());
        GRANT SELECT ON schema_history, audit_chain, audit_projection TO map_auditor;
        GRANT SELECT ON audit_chain_check, audit_chain_verdict TO map_auditor;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'map_engine') THEN
        GRANT SELECT ON audit_chain_check, audit_chain_verdict TO map_engine;
    END IF;
END
$$;
