-- 0006 message: mailboxes, the messages in them, and what is bound to them.
--
-- Why:   a message that was accepted is acknowledged to its sender only after it is durable here.
--        dedup_key is unique for one sender in one mailbox, so that one sender cannot swallow
--        another's message by guessing its key.
-- Locks: creates empty tables.
-- Twice: safe to run again; a second run changes nothing.

-- Only the owner takes messages out; an agent owns the mailbox that has its own DID as name.
CREATE TABLE IF NOT EXISTS mailbox (
    tenant_id text NOT NULL,
    name text NOT NULL,
    owner_did text NOT NULL,
    created_at timestamp with time zone NOT NULL DEFAULT current_timestamp,
    CONSTRAINT mailbox_pk PRIMARY KEY (tenant_id, name)
);

-- What is sent to source is also put into mailbox.
CREATE TABLE IF NOT EXISTS mailbox_binding (
    tenant_id text NOT NULL,
    source text NOT NULL,
    mailbox text NOT NULL,
    created_at timestamp with time zone NOT NULL DEFAULT current_timestamp,
    CONSTRAINT mailbox_binding_pk PRIMARY KEY (tenant_id, source, mailbox),
    CONSTRAINT mailbox_binding_mailbox FOREIGN KEY (tenant_id, mailbox)
        REFERENCES mailbox (tenant_id, name) ON DELETE CASCADE
);

-- For the removal of a mailbox with its bindings.
CREATE INDEX IF NOT EXISTS mailbox_binding_target ON mailbox_binding (tenant_id, mailbox);

CREATE TABLE IF NOT EXISTS message (
    id text NOT NULL,
    tenant_id text NOT NULL,
    mailbox text NOT NULL,
    sender_did text NOT NULL,
    qos text NOT NULL,
    dedup_key text,
    body bytea NOT NULL, -- emptied when the message is acknowledged; the row remembers its key
    state text NOT NULL CONSTRAINT message_state CHECK (state IN ('ready', 'acknowledged')),
    available_at timestamp with time zone NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    created_at timestamp with time zone NOT NULL DEFAULT current_timestamp,
    acknowledged_at timestamp with time zone,
    CONSTRAINT message_pk PRIMARY KEY (id),
    CONSTRAINT message_dedup UNIQUE (tenant_id, mailbox, sender_did, dedup_key),
    CONSTRAINT message_mailbox FOREIGN KEY (tenant_id, mailbox)
        REFERENCES mailbox (tenant_id, name) ON DELETE CASCADE
);

CREATE INDEX IF NOT EXISTS message_next ON message (tenant_id, mailbox, state, available_at);
