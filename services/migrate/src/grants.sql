-- All that url-service may do. Run after every migration, so that this file is the whole truth.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM url_service, PUBLIC;
REVOKE CREATE ON SCHEMA public FROM url_service, PUBLIC;
GRANT USAGE ON SCHEMA public TO url_service;
GRANT SELECT ON _sqlx_migrations, accounts TO url_service;
GRANT SELECT, UPDATE (last_used_at) ON api_keys TO url_service;
-- No DELETE: a deleted link is a tombstone.
GRANT SELECT, INSERT, UPDATE ON links TO url_service;
GRANT SELECT, INSERT, UPDATE ON link_hours, link_dimensions TO url_service;
GRANT SELECT, INSERT, DELETE ON link_visitors, processed_batches, visitor_keys TO url_service;
