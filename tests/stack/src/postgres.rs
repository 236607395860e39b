//! PostgreSQL in the scratch directory: TLS with a certificate of this run, nothing but SCRAM over TLS.
//!
//! It stands in for the managed database. The role `migrator` owns the database and is no superuser, as the login
//! that a managed database's secret holds is none.

mod authority;
mod binaries;
mod cluster;
mod fallback;
mod unprivileged;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};

use crate::StackError;
use crate::clock::random_text;
use crate::ports;
use crate::process::{Process, ProcessSpec};
use crate::progress::Progress;
use crate::scratch::Scratch;

/// The database of the services.
pub const DATABASE: &str = "zero_trust_eks";
/// The role that owns it.
pub const MIGRATOR: &str = "migrator";
/// The address: the server certificate names it, and nothing else by default.
pub const HOST: &str = "127.0.0.1";

const SUPERUSER: &str = "postgres";
const READY: Duration = Duration::from_secs(30);
const GRACE: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(20);

/// A running PostgreSQL.
#[derive(Debug)]
pub struct Postgres {
    port: u16,
    root_certificate: PathBuf,
    superuser_password: String,
    migrator_password: String,
    spec: ProcessSpec,
    process: Mutex<Arc<Process>>,
}

impl Postgres {
    pub(crate) async fn start(
        scratch: &Scratch,
        names: &[String],
        progress: &Progress,
    ) -> Result<Self, StackError> {
        let step = progress.begin("PostgreSQL");
        let binaries = binaries::find(scratch, progress).await?;
        let port = ports::reserve()?;
        let superuser_password = random_text(32);
        let cluster = cluster::create(scratch, &binaries, names, port, &superuser_password).await?;
        let spec = cluster.server(&binaries, scratch);
        let process = Arc::new(Process::spawn(&spec)?);
        let postgres = Self {
            port,
            root_certificate: cluster.root_certificate,
            superuser_password,
            migrator_password: random_text(32),
            spec,
            process: Mutex::new(process),
        };
        postgres.wait_ready().await?;
        postgres.create_roles().await?;
        step.done(&format!("{} on {HOST}:{port}, TLS", binaries.version));
        Ok(postgres)
    }

    /// The port on [`HOST`].
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate of this run's authority, in PEM: what `PGSSLROOTCERT` names.
    #[must_use]
    pub fn root_certificate(&self) -> &Path {
        &self.root_certificate
    }

    /// The password of [`MIGRATOR`].
    #[must_use]
    pub fn migrator_password(&self) -> &str {
        &self.migrator_password
    }

    /// How a superuser connects to `database`: what an operator could do, and no service.
    #[must_use]
    pub fn superuser(&self, database: &str) -> PgConnectOptions {
        self.login(SUPERUSER, &self.superuser_password, database)
    }

    /// How a login connects to `database`, with the server's certificate verified in full.
    #[must_use]
    pub fn login(&self, user: &str, password: &str, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host(HOST)
            .port(self.port)
            .username(user)
            .password(password)
            .database(database)
            .ssl_mode(PgSslMode::VerifyFull)
            .ssl_root_cert(&self.root_certificate)
    }

    /// The server's process: the current one, after a restart.
    #[must_use]
    pub fn process(&self) -> Arc<Process> {
        Arc::clone(&self.process.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Ends the server as a fail-over does: connections are cut, nothing that was committed is lost.
    pub async fn stop(&self) {
        self.process().stop(GRACE).await;
    }

    /// Starts the server again, on the same port and data.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn restart(&self) -> Result<(), StackError> {
        self.stop().await;
        let process = Arc::new(Process::spawn(&self.spec)?);
        *self.process.lock().unwrap_or_else(PoisonError::into_inner) = process;
        self.wait_ready().await
    }

    async fn wait_ready(&self) -> Result<(), StackError> {
        let process = self.process();
        tokio::select! {
            () = self.poll_connection() => Ok(()),
            status = process.exited() => Err(process.died(status)),
            () = tokio::time::sleep(READY) => Err(StackError::Timeout {
                what: "a connection to PostgreSQL".to_owned(),
                limit: READY,
                tail: process.log().tail(),
            }),
        }
    }

    async fn poll_connection(&self) {
        loop {
            if let Ok(connection) = self.superuser(SUPERUSER).connect().await {
                let _ = connection.close().await;
                return;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn create_roles(&self) -> Result<(), StackError> {
        let connect = StackError::postgres("the superuser's connection");
        let mut connection = self.superuser(SUPERUSER).connect().await.map_err(connect)?;
        // The password is letters and digits only.
        let password = &self.migrator_password;
        execute(
            &mut connection,
            "the role migrator",
            format!("CREATE ROLE {MIGRATOR} LOGIN CREATEROLE NOSUPERUSER NOCREATEDB PASSWORD '{password}'"),
        )
        .await?;
        execute(&mut connection, "the database", format!("CREATE DATABASE {DATABASE} OWNER {MIGRATOR}"))
            .await?;
        for database in [DATABASE, SUPERUSER, "template1"] {
            let statement = format!("REVOKE ALL ON DATABASE {database} FROM PUBLIC");
            execute(&mut connection, "a revocation", statement).await?;
        }
        let _ = connection.close().await;

        let connect = StackError::postgres("the superuser's connection");
        let mut connection = self.superuser(DATABASE).connect().await.map_err(connect)?;
        let statement = format!("ALTER SCHEMA public OWNER TO {MIGRATOR}");
        execute(&mut connection, "the owner of the schema", statement).await?;
        execute(&mut connection, "a revocation", "REVOKE ALL ON SCHEMA public FROM PUBLIC".to_owned())
            .await?;
        let _ = connection.close().await;
        Ok(())
    }
}

async fn execute(
    connection: &mut PgConnection,
    what: &'static str,
    statement: String,
) -> Result<(), StackError> {
    connection.execute(AssertSqlSafe(statement)).await.map_err(StackError::postgres(what))?;
    Ok(())
}

#[cfg(test)]
#[path = "postgres/tests.rs"]
mod tests;
