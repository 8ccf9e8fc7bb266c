-- 0002 audit_chain: the index over the audit log, one row a record, partitioned by month.
--
-- Why:   the journal is the truth and cannot be searched; these rows can. They are refilled from
--        the journal at any time (map audit rebuild). Months are partitions from the start, because
--        a table of a billion rows is partitioned only by copying it; a month that is pruned is
--        then a table that is dropped, not rows deleted. The key holds recorded_at because
--        PostgreSQL wants the partition column in every unique key; that (node, tenant_id, idx)
--        alone is unique is the journal's doing, and every row answered is compared with the
--        journal.
-- Locks: creates empty tables and one function; nothing that exists is locked.
-- Twice: safe to run again; a second run adds the partitions of the coming months and changes
--        nothing else.
-- H2:    has a twin without partitions: h2/0002_audit_chain.sql.

-- COLLATE "C": these are names and identifiers, compared for equality; bytewise comparison keeps
-- inserts fast.
CREATE TABLE IF NOT EXISTS audit_chain (
    node text COLLATE "C" NOT NULL,
    tenant_id text COLLATE "C" NOT NULL,
    idx bigint NOT NULL CONSTRAINT audit_chain_idx CHECK (idx >= 0),
    recorded_at timestamp with time zone NOT NULL,
    event_type text NOT NULL,
    correlation_id text COLLATE "C",
    caller_did text,
    protocol text,
    operation text,
    outcome text NOT NULL,
    stage text,
    code text,
    record_hash bytea NOT NULL
        CONSTRAINT audit_chain_record_hash CHECK (octet_length(record_hash) = 32),
    record bytea NOT NULL CONSTRAINT audit_chain_record CHECK (octet_length(record) <= 65000),
    CONSTRAINT audit_chain_pk PRIMARY KEY (node, tenant_id, idx, recorded_at)
) PARTITION BY RANGE (recorded_at);

CREATE INDEX IF NOT EXISTS audit_chain_correlation ON audit_chain (correlation_id);
CREATE INDEX IF NOT EXISTS audit_chain_time ON audit_chain (tenant_id, recorded_at);

-- Takes what no month takes, so that a record is never refused for its date (a clock that stepped,
-- a late runner).
CREATE TABLE IF NOT EXISTS audit_chain_default PARTITION OF audit_chain DEFAULT;

-- Where each node's projection stands in its journal; written in the same transaction as the rows.
-- 'clearing' outlives a crash in the middle of a rebuild: old rows go before new ones come.
CREATE TABLE IF NOT EXISTS audit_projection (
    node text NOT NULL,
    state text NOT NULL
        CONSTRAINT audit_projection_state CHECK (state IN ('following', 'clearing')),
    position text,
    updated_at timestamp with time zone NOT NULL DEFAULT current_timestamp,
    CONSTRAINT audit_projection_pk PRIMARY KEY (node)
);

-- Makes the partition of the month (UTC) that holds the given moment; true when it was not there
-- before. Rows of that month that meanwhile went to the default partition move over.
-- Locks: audit_chain SHARE UPDATE EXCLUSIVE (reads and writes go on); audit_chain_default ACCESS
-- EXCLUSIVE for one scan of it, and it is empty unless something went wrong. Call it in a
-- transaction of its own.
-- SECURITY DEFINER: the serving role may not create tables, and this is all of that it needs.
CREATE OR REPLACE FUNCTION audit_chain_month(moment timestamp with time zone) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    month_start CONSTANT timestamp with time zone := date_trunc('month', moment, 'UTC');
    month_end CONSTANT timestamp with time zone
        := (date_trunc('month', moment AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC';
    partition_name CONSTANT text := 'audit_chain_' || to_char(moment AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
    IF moment < '2000-01-01T00:00:00Z' OR moment >= '9999-01-01T00:00:00Z' THEN
        RETURN false; -- no month for a nonsensical date: the default partition has room for it
    END IF;
    IF to_regclass(partition_name) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- Two nodes may meet here at the turn of a month. The number is the ASCII of "map_part".
    PERFORM pg_advisory_xact_lock(7881704378084717172);
    IF to_regclass(partition_name) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE audit_chain INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
        partition_name);
    EXECUTE format(
        'WITH late AS (DELETE FROM audit_chain_default'
        ' WHERE recorded_at >= %L AND recorded_at < %L RETURNING *)'
        ' INSERT INTO %I SELECT * FROM late', month_start, month_end, partition_name);
    EXECUTE format('ALTER TABLE audit_chain ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        partition_name, month_start, month_end);
    RETURN true;
END
$$;

-- A SECURITY DEFINER function must not look where its caller says; the schema of this run is the
-- only right place.
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION audit_chain_month SET search_path = %I, pg_temp',
        current_schema());
END
$$;
REVOKE ALL ON FUNCTION audit_chain_month FROM PUBLIC;

DO $$
BEGIN
    PERFORM audit_chain_month(current_timestamp + months * interval '1 month')
    FROM generate_series(0, 2) AS months;
END
$$;
