-- A deleted link stays as a tombstone: its slug is never given to somebody else.
CREATE TABLE links (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts,
    slug text NOT NULL,
    -- What is matched and what is unique: slugs differ by more than case.
    slug_key text NOT NULL GENERATED ALWAYS AS (lower(slug)) STORED,
    target text NOT NULL CHECK (char_length(target) <= 2048),
    title text CHECK (char_length(title) <= 200),
    tags text[] NOT NULL,
    redirect_status smallint NOT NULL CHECK (redirect_status IN (301, 302, 307, 308)),
    valid_from timestamptz,
    expires_at timestamptz,
    max_visits bigint CHECK (max_visits > 0),
    visits bigint NOT NULL DEFAULT 0,
    disabled boolean NOT NULL DEFAULT false,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    CONSTRAINT links_slug_key UNIQUE (slug_key),
    CONSTRAINT links_visits_within_limit CHECK (max_visits IS NULL OR visits <= max_visits)
);

CREATE INDEX links_by_account ON links (account_id, id DESC) WHERE deleted_at IS NULL;

-- Every replica drops the link from its cache when the transaction commits. A trigger cannot be forgotten by
-- a statement; `visits` is not in the list, because a limited link is read from here at every visit.
CREATE FUNCTION notify_link_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('link_changed', NEW.slug_key);
    RETURN NULL;
END
$$;

CREATE TRIGGER link_changed
    AFTER INSERT OR UPDATE OF target, redirect_status, valid_from, expires_at, max_visits, disabled, deleted_at
    ON links FOR EACH ROW EXECUTE FUNCTION notify_link_changed();
