//! Database roles: a group that holds the privileges, and the first of the two logins that take turns.

use rand::CryptoRng;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{AssertSqlSafe, PgConnection};

use crate::scram;

/// The login that url-service begins with; rotation creates the other one as a clone of it.
const LOGIN: &str = "url_service_a";
/// Random bytes in a password.
const PASSWORD_BYTES: usize = 32;

const CREATE_GROUP: &str = "DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'url_service') THEN
        CREATE ROLE url_service NOLOGIN;
    END IF;
END $$";

/// Creates the group role `url_service`, to which the privileges are granted.
pub(crate) async fn create_group(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(CREATE_GROUP).execute(connection).await.map(drop)
}

/// Grants what url-service needs, and takes back everything else.
pub(crate) async fn grant(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(include_str!("grants.sql")).execute(&mut *connection).await?;
    // The database's name is a setting, and a privilege on it needs the name.
    sqlx::raw_sql(
        "DO $$ BEGIN EXECUTE format('GRANT CONNECT ON DATABASE %I TO url_service', current_database()); END $$",
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Creates url-service's login with a new password and returns the secret's text. The server sees only the
/// password's SCRAM verifier: a statement log must not hold a password.
pub(crate) async fn create_login(
    connection: &mut PgConnection,
    rng: &mut impl CryptoRng,
) -> Result<SecretString, sqlx::Error> {
    let password = random_password(rng);
    let verifier = scram::verifier(&password, rng);
    let statement = format!(
        "DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{LOGIN}') THEN
                CREATE ROLE {LOGIN} LOGIN IN ROLE url_service;
            END IF;
        END $$;
        ALTER ROLE {LOGIN} PASSWORD '{verifier}'"
    );
    // Only constants and base64 are put into the statement; utility statements take no parameters.
    // nosemgrep: sql-by-format
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await?;
    let secret = serde_json::json!({ "username": LOGIN, "password": password.expose_secret() });
    Ok(SecretString::from(secret.to_string()))
}

fn random_password(rng: &mut impl CryptoRng) -> SecretString {
    use base64::Engine as _;
    let mut bytes = [0; PASSWORD_BYTES];
    rng.fill_bytes(&mut bytes);
    SecretString::from(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}
