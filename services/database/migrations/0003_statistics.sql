-- A batch that was counted. Kept longer than SQS keeps a message (14 days at most), so that a message which
-- is delivered again, even from the dead-letter queue, counts once.
CREATE TABLE processed_batches (
    id uuid PRIMARY KEY,
    processed_at timestamptz NOT NULL
);
CREATE INDEX processed_batches_by_age ON processed_batches (processed_at);

CREATE TABLE link_hours (
    link_id uuid NOT NULL REFERENCES links,
    start timestamptz NOT NULL,
    clicks bigint NOT NULL,
    bots bigint NOT NULL,
    unique_visitors bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (link_id, start)
);

-- Visitors of one link on one day (UTC), to count each once. The number is a keyed hash whose key is deleted
-- after two days; it means nothing on another link or another day.
CREATE TABLE link_visitors (
    link_id uuid NOT NULL REFERENCES links,
    day date NOT NULL,
    visitor bigint NOT NULL,
    first_hour timestamptz NOT NULL,
    PRIMARY KEY (link_id, day, visitor)
);
CREATE INDEX link_visitors_by_age ON link_visitors (day);

CREATE TABLE link_dimensions (
    link_id uuid NOT NULL REFERENCES links,
    start timestamptz NOT NULL,
    dimension text NOT NULL CHECK (dimension IN ('referrer', 'country', 'browser', 'os', 'device')),
    value text NOT NULL CHECK (octet_length(value) <= 253),
    clicks bigint NOT NULL,
    PRIMARY KEY (link_id, dimension, start, value)
);

-- The key of the visitor hash, one per day, shared by all replicas.
CREATE TABLE visitor_keys (
    day date PRIMARY KEY,
    key bytea NOT NULL CHECK (octet_length(key) = 16)
);
