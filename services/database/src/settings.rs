//! The environment of a database connection, in libpq's names
//! (<https://www.postgresql.org/docs/current/libpq-envars.html>).

use std::path::PathBuf;

use identity::secret::DatabaseCredentials;
use runtime::settings::Reader;
use secrecy::ExposeSecret as _;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// Where the database is.
#[derive(Clone, Debug)]
pub struct Settings {
    host: String,
    port: u16,
    name: String,
    root_certificate: PathBuf,
    /// The secret with the user and the password.
    pub secret_id: String,
}

/// What must not be set: credentials come from Secrets Manager only.
const REFUSED: &[&str] =
    &["PGUSER", "PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGSERVICEFILE", "DATABASE_URL"];

impl Settings {
    /// Reads `PGHOST`, `PGPORT` (default 5432), `PGDATABASE`, `PGSSLROOTCERT`, `DATABASE_SECRET_ID`, and
    /// refuses every `PGSSLMODE` below `verify-full`, and credentials.
    pub fn read(reader: &mut Reader) -> Option<Self> {
        for variable in REFUSED {
            reader.refuse(variable, "the database credentials come from Secrets Manager only");
        }
        let mode: String = reader.or_default("PGSSLMODE", "verify-full".to_owned());
        if mode != "verify-full" {
            reader.fault(
                "PGSSLMODE",
                "must be verify-full: anything less accepts a server that proves nothing",
            );
        }
        let host = reader.required("PGHOST");
        let port = reader.or_default("PGPORT", 5432);
        let name = reader.required("PGDATABASE");
        let root_certificate: Option<PathBuf> = reader.required("PGSSLROOTCERT");
        if let Some(Err(error)) = root_certificate.as_ref().map(std::fs::read) {
            reader.fault("PGSSLROOTCERT", format!("cannot read the certificate authority: {}", error.kind()));
        }
        let secret_id = reader.required("DATABASE_SECRET_ID");
        Some(Self {
            host: host?,
            port,
            name: name?,
            root_certificate: root_certificate?,
            secret_id: secret_id?,
        })
    }

    /// How to connect with `credentials`.
    #[must_use]
    pub fn options(&self, credentials: &DatabaseCredentials, application: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host(&self.host)
            .port(self.port)
            .database(&self.name)
            .username(&credentials.username)
            .password(credentials.password.expose_secret())
            .ssl_mode(PgSslMode::VerifyFull)
            .ssl_root_cert(&self.root_certificate)
            .application_name(application)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(pairs: &[(&str, &str)]) -> Vec<String> {
        let mut reader = Reader::from_pairs(pairs.iter().copied());
        let settings = Settings::read(&mut reader);
        reader.finish(settings).err().unwrap_or_default().into_iter().map(|fault| fault.variable).collect()
    }

    const GOOD: [(&str, &str); 4] = [
        ("PGHOST", "localhost"),
        ("PGDATABASE", "zero_trust_eks"),
        ("PGSSLROOTCERT", "/dev/null"),
        ("DATABASE_SECRET_ID", "zero-trust-eks/url-service/database"),
    ];

    #[test]
    fn every_weaker_tls_mode_is_refused() {
        assert!(faults(&GOOD).is_empty());
        for mode in ["disable", "allow", "prefer", "require", "verify-ca", "Verify-Full", "nonsense"] {
            assert_eq!(faults(&[GOOD.as_slice(), &[("PGSSLMODE", mode)]].concat()), ["PGSSLMODE"], "{mode}");
        }
    }

    #[test]
    fn credentials_in_the_environment_are_refused() {
        for variable in REFUSED {
            assert_eq!(faults(&[GOOD.as_slice(), &[(variable, "x")]].concat()), [*variable]);
        }
    }
}
