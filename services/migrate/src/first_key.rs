//! The first account and its API key, without which nobody could create the second.

use api_key::ApiKey;
use rand::CryptoRng;
use secrecy::SecretString;
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

/// The account that owns the first key.
const ACCOUNT: Uuid = Uuid::from_u128(1);

/// Creates the first account, if need be, and a key for it with every scope. `now` is in seconds since the
/// Unix epoch.
pub(crate) async fn create(
    connection: &mut PgConnection,
    rng: &mut impl CryptoRng,
    now: i64,
) -> Result<SecretString, sqlx::Error> {
    let key = ApiKey::generate(rng);
    let mut transaction = connection.begin().await?;
    sqlx::query(
        "INSERT INTO accounts (id, name, created_at) VALUES ($1, 'first account', to_timestamp($2))
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(ACCOUNT)
    .bind(now)
    .execute(&mut *transaction)
    .await?;
    // A key that was made before but never reached its secret would be a key that nobody can use or see.
    sqlx::query(
        "UPDATE api_keys SET revoked_at = to_timestamp($1) WHERE name = 'first key' AND revoked_at IS NULL",
    )
    .bind(now)
    .execute(&mut *transaction)
    .await?;
    sqlx::query(
        "INSERT INTO api_keys (id, account_id, name, hash, scopes, created_at)
         VALUES ($1, $2, 'first key', $3, ARRAY['links:read', 'links:write', 'stats:read', 'keys:admin'],
                 to_timestamp($4))",
    )
    .bind(key.id())
    .bind(ACCOUNT)
    .bind(key.hash().as_slice())
    .bind(now)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(key.to_text())
}
