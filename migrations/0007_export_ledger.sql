-- 0007 export ledger: what left on which medium, and which receipts came back.
--
-- Why:   an index for status and console. The truth lies in the audit folder (export state,
--        receipts) and in the AuditExported and ReceiptImported records; these rows can be lost
--        without loss of proof.
-- Locks: creates empty tables.
-- Twice: safe to run again; a second run changes nothing.

CREATE TABLE IF NOT EXISTS audit_export (
    node text NOT NULL,
    number bigint NOT NULL CONSTRAINT audit_export_number CHECK (number >= 0),
    exported_at timestamp with time zone NOT NULL,
    medium text,
    manifest_sha256 bytea NOT NULL
        CONSTRAINT audit_export_manifest CHECK (octet_length(manifest_sha256) = 32),
    CONSTRAINT audit_export_pk PRIMARY KEY (node, number)
);

-- Records size_from (inclusive) to size_to (exclusive) of one tenant's tree, and the root at
-- size_to.
CREATE TABLE IF NOT EXISTS audit_export_range (
    node text NOT NULL,
    number bigint NOT NULL,
    tenant_id text NOT NULL,
    size_from bigint NOT NULL,
    size_to bigint NOT NULL,
    root bytea NOT NULL CONSTRAINT audit_export_range_root CHECK (octet_length(root) = 32),
    CONSTRAINT audit_export_range_pk PRIMARY KEY (node, number, tenant_id),
    CONSTRAINT audit_export_range_sizes CHECK (size_from >= 0 AND size_to >= size_from),
    CONSTRAINT audit_export_range_export FOREIGN KEY (node, number)
        REFERENCES audit_export (node, number) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS audit_receipt (
    node text NOT NULL,
    tenant_id text NOT NULL,
    station text NOT NULL,
    kind text NOT NULL CONSTRAINT audit_receipt_kind CHECK (kind IN ('witness', 'mirror')),
    size bigint NOT NULL CONSTRAINT audit_receipt_size CHECK (size >= 0),
    root bytea NOT NULL CONSTRAINT audit_receipt_root CHECK (octet_length(root) = 32),
    number bigint NOT NULL,
    imported_at timestamp with time zone NOT NULL,
    CONSTRAINT audit_receipt_pk PRIMARY KEY (node, tenant_id, station, kind, size)
);
