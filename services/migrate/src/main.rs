//! Brings the database to the schema of this release: roles, migrations, grants, the first API key.
//!
//! Runs once before a roll-out, as the only identity that may change the schema, and may be run again at any
//! time. What it creates for others it hands over through Secrets Manager, where it may write and not read:
//! the password of url-service's database user, and the first API key.

mod first_key;
mod roles;
mod scram;
mod settings;
mod vault;

use std::process::ExitCode;

use aws_sdk_secretsmanager::Client;
use database::schema::MIGRATIONS;
use identity::secret;
use rand::CryptoRng;
use runtime::{Clock as _, StartError, SystemClock};
use settings::Settings;
use sqlx::{Connection as _, PgConnection};

fn main() -> ExitCode {
    identity::tls::install_provider();
    runtime::boot::run_once("migrate", Settings::read, |settings| async move {
        #[expect(clippy::disallowed_methods, reason = "the edge at which the random source is chosen")]
        let mut rng = rand::rng();
        migrate(&settings, &mut rng).await
    })
}

async fn migrate(settings: &Settings, rng: &mut impl CryptoRng) -> Result<(), StartError> {
    let aws = identity::irsa::connect_once(&settings.irsa)
        .await
        .map_err(|error| StartError::new("assume the role", error))?;
    let secrets = Client::new(&aws);
    let credentials = secret::database_credentials(&secrets, &settings.database.secret_id)
        .await
        .map_err(|error| StartError::new("read the database credentials", error))?;
    let mut connection = PgConnection::connect_with(&settings.database.options(&credentials, "migrate"))
        .await
        .map_err(|error| StartError::new("connect to the database", error))?;

    roles::create_group(&mut connection)
        .await
        .map_err(|error| StartError::new("create the group role", error))?;
    MIGRATIONS.run(&mut connection).await.map_err(|error| StartError::new("apply the migrations", error))?;
    roles::grant(&mut connection).await.map_err(|error| StartError::new("grant the privileges", error))?;
    tracing::info!(migrations = MIGRATIONS.iter().count(), "the schema is up to date");

    if vault::is_empty(&secrets, &settings.url_service_secret_id).await? {
        let login = roles::create_login(&mut connection, rng)
            .await
            .map_err(|error| StartError::new("create the login of url-service", error))?;
        vault::put(&secrets, &settings.url_service_secret_id, login).await?;
        tracing::info!("created the database login of url-service");
    }
    if vault::is_empty(&secrets, &settings.first_api_key_secret_id).await? {
        let key = first_key::create(&mut connection, rng, SystemClock.unix_seconds())
            .await
            .map_err(|error| StartError::new("create the first API key", error))?;
        vault::put(&secrets, &settings.first_api_key_secret_id, key).await?;
        tracing::info!("created the first API key");
    }
    Ok(())
}
