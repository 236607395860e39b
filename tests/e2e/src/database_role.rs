//! What url-service's database user may do, tried with its own credentials.

use serde_json::Value;
use sqlx::postgres::PgSslMode;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::context::{Context, TestResult};

/// The user and password of url-service, read as an operator.
pub(crate) async fn credentials(context: &Context) -> (String, String) {
    let platform = context.stack.platform();
    let id = platform.resources().names.url_service_database_secret();
    let secret = platform.operator().secret(&id).await.unwrap().unwrap();
    let secret: Value = serde_json::from_str(&secret).unwrap();
    let text = |name: &str| secret[name].as_str().unwrap().to_owned();
    (text("username"), text("password"))
}

pub(crate) async fn url_service_has_no_ddl_and_no_more_than_its_grants(context: &Context) -> TestResult {
    let (user, password) = credentials(context).await;
    let options = context.stack.platform().postgres().login(&user, &password, "zero_trust_eks");
    let mut connection = PgConnection::connect_with(&options).await?;
    for statement in [
        "CREATE TABLE loot (x int)",
        "CREATE SCHEMA loot",
        "CREATE FUNCTION loot() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE ROLE loot",
        "CREATE EXTENSION dblink",
        "ALTER TABLE links ADD COLUMN loot int",
        "ALTER TABLE links DISABLE TRIGGER link_changed",
        "DROP TABLE links",
        "TRUNCATE links",
        "DELETE FROM links",
        "DELETE FROM link_hours",
        "UPDATE api_keys SET scopes = ARRAY['keys:admin']",
        "INSERT INTO api_keys SELECT * FROM api_keys",
        "INSERT INTO accounts VALUES (gen_random_uuid(), 'x', now())",
        "UPDATE _sqlx_migrations SET success = false",
        "SELECT * FROM pg_authid",
        "COPY links TO PROGRAM 'id'",
        "COPY links FROM '/etc/passwd'",
        "SET ROLE migrator",
    ] {
        let refused = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await;
        let error = refused.err().unwrap_or_else(|| panic!("{statement}: was allowed"));
        let code = error.as_database_error().and_then(|error| error.code().map(std::borrow::Cow::into_owned));
        // 42501: insufficient_privilege.
        assert_eq!(code.as_deref(), Some("42501"), "{statement}: {error}");
    }
    for allowed in ["SELECT 1 FROM links LIMIT 1", "SELECT version FROM _sqlx_migrations LIMIT 1"] {
        sqlx::raw_sql(AssertSqlSafe(allowed)).execute(&mut connection).await?;
    }
    Ok(())
}

pub(crate) async fn the_database_takes_no_plaintext_connection(context: &Context) -> TestResult {
    let (user, password) = credentials(context).await;
    let options = context.stack.platform().postgres().login(&user, &password, "zero_trust_eks");
    let plain = PgConnection::connect_with(&options.clone().ssl_mode(PgSslMode::Disable)).await;
    assert!(plain.unwrap_err().to_string().contains("no encryption"));
    let wrong = context.stack.platform().postgres().login(&user, "wrong", "zero_trust_eks");
    let refused = PgConnection::connect_with(&wrong).await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().code().as_deref(), Some("28P01"));
    Ok(())
}
