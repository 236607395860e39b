//! Secrets, read at run time with the role's credentials and kept in a type that cannot be printed.

use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::SdkError;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use secrecy::SecretString;
use serde::Deserialize;

/// The user and password of a database, in the shape that RDS and its rotation functions write.
/// Other members are ignored: the host above all, so that whoever may write the secret cannot also redirect
/// the connection.
/// (<https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html>)
#[derive(Clone, Debug, Deserialize)]
pub struct DatabaseCredentials {
    /// The database user.
    pub username: String,
    /// Its password.
    pub password: SecretString,
    /// When this version of the secret was made, as time since the Unix epoch.
    #[serde(skip)]
    pub created: Option<Duration>,
}

/// Why a secret could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager refused or could not be reached.
    #[error("Secrets Manager did not give the secret")]
    Fetch(#[from] Box<SdkError<GetSecretValueError>>),
    /// The secret holds no text.
    #[error("the secret holds no text")]
    Empty,
    /// The text is not JSON with a user name and a password. The cause is left out: it could quote the text.
    #[error("the secret is not a JSON object with \"username\" and \"password\"")]
    Shape,
}

/// Reads the current version of the secret `id` as database credentials.
///
/// # Errors
/// See [`SecretError`].
pub async fn database_credentials(client: &Client, id: &str) -> Result<DatabaseCredentials, SecretError> {
    let value = client.get_secret_value().secret_id(id).send().await.map_err(Box::new)?;
    let text = value.secret_string().ok_or(SecretError::Empty)?;
    let credentials: DatabaseCredentials = serde_json::from_str(text).map_err(|_| SecretError::Shape)?;
    let created = value.created_date().and_then(|date| Duration::try_from_secs_f64(date.as_secs_f64()).ok());
    Ok(DatabaseCredentials { created, ..credentials })
}
