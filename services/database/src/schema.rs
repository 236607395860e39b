//! The schema that this code was written for.
//!
//! A service never changes the schema; `migrate` does, before a roll-out. A service that finds a migration
//! missing, changed or unknown refuses to start: guessing what a column means is how data is lost. How a
//! change is rolled out without a gap is in `docs/runbooks/migrations.md`.

use std::collections::BTreeMap;

use sqlx::PgConnection;
use sqlx::migrate::Migrator;

/// The migrations, in order.
pub static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Why the schema is not the one that this code was written for.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The list of applied migrations could not be read.
    #[error("cannot read which migrations were applied")]
    Unreadable(#[from] sqlx::Error),
    /// A migration of this code was not applied.
    #[error("migration {0} was not applied: run migrate first")]
    Missing(i64),
    /// A migration was applied with another content.
    #[error("migration {0} was applied with another content")]
    Changed(i64),
    /// The database has a migration that this code does not know.
    #[error("migration {0} is not known to this version: deploy a newer one")]
    Unknown(i64),
}

/// Checks that exactly [`MIGRATIONS`] were applied.
///
/// # Errors
/// See [`SchemaError`].
pub async fn check(connection: &mut PgConnection) -> Result<(), SchemaError> {
    let applied: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version")
            .fetch_all(connection)
            .await?;
    compare(applied.into_iter().collect())
}

fn compare(mut applied: BTreeMap<i64, Vec<u8>>) -> Result<(), SchemaError> {
    for migration in MIGRATIONS.iter() {
        match applied.remove(&migration.version) {
            None => return Err(SchemaError::Missing(migration.version)),
            Some(checksum) if checksum != *migration.checksum => {
                return Err(SchemaError::Changed(migration.version));
            }
            Some(_) => {}
        }
    }
    applied.keys().next().map_or(Ok(()), |version| Err(SchemaError::Unknown(*version)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied() -> BTreeMap<i64, Vec<u8>> {
        MIGRATIONS.iter().map(|migration| (migration.version, migration.checksum.to_vec())).collect()
    }

    #[test]
    fn only_exactly_the_known_migrations_pass() {
        assert!(compare(applied()).is_ok());
        let mut missing = applied();
        missing.remove(&2);
        assert!(matches!(compare(missing), Err(SchemaError::Missing(2))));
        let mut changed = applied();
        changed.insert(1, vec![0]);
        assert!(matches!(compare(changed), Err(SchemaError::Changed(1))));
        let mut newer = applied();
        newer.insert(99, vec![]);
        assert!(matches!(compare(newer), Err(SchemaError::Unknown(99))));
        assert!(matches!(compare(BTreeMap::new()), Err(SchemaError::Missing(1))));
    }
}
