//! Handing over what was created: write to a secret, never read it.

use aws_sdk_secretsmanager::Client;
use runtime::StartError;
use secrecy::{ExposeSecret as _, SecretString};

/// Whether the secret has no current value yet. Looks at the versions' labels only.
pub(crate) async fn is_empty(secrets: &Client, id: &str) -> Result<bool, StartError> {
    let description = secrets
        .describe_secret()
        .secret_id(id)
        .send()
        .await
        .map_err(|error| StartError::new(format!("describe the secret {id}"), error))?;
    let current = "AWSCURRENT".to_owned();
    Ok(!description
        .version_ids_to_stages()
        .is_some_and(|versions| versions.values().any(|stages| stages.contains(&current))))
}

/// Writes the secret's value.
pub(crate) async fn put(secrets: &Client, id: &str, value: SecretString) -> Result<(), StartError> {
    secrets
        .put_secret_value()
        .secret_id(id)
        .secret_string(value.expose_secret())
        .send()
        .await
        .map_err(|error| StartError::new(format!("write the secret {id}"), error))?;
    Ok(())
}
