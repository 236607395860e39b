//! The command `statements`: the SQL of url-service, checked against the schema of its migrations.
//!
//! What the checked macros learn from a live database is kept in `services/url-service/.sqlx`, so that a build needs
//! none. This command learns it again from a new database and compares, or writes it down.

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::{fs, io};

use clap::Args;
use database::schema::MIGRATIONS;
use sqlx::Connection as _;
use stack::postgres::{self, Postgres};
use stack::{Platform, Progress, StackOptions};
use tokio::process::Command;

/// Where the statements are, and where what was learned about them is kept.
const SERVICE: &str = "services/url-service";

/// What to do with what was learned.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Options {
    /// Fail when the kept files differ.
    #[arg(long)]
    check: bool,
    /// Replace the kept files.
    #[arg(long)]
    write: bool,
}

type Learned = BTreeMap<OsString, Vec<u8>>;
type BoxError = Box<dyn Error + Send + Sync>;

/// Runs the command in the repository's root.
pub(crate) async fn run(options: &Options) -> ExitCode {
    let progress = Progress::stdout();
    match compare_or_write(options, &progress).await {
        Ok(said) => {
            progress.say(&said);
            ExitCode::SUCCESS
        }
        Err(error) => {
            progress.say(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn compare_or_write(options: &Options, progress: &Progress) -> Result<String, BoxError> {
    let kept = Path::new(SERVICE).join(".sqlx");
    let learned = learn(progress).await?;
    let count = learned.len();
    if options.write {
        fs::remove_dir_all(&kept).or_else(|error| ignore_missing(error, io::ErrorKind::NotFound))?;
        fs::create_dir(&kept)?;
        for (name, content) in &learned {
            fs::write(kept.join(name), content)?;
        }
        return Ok(format!("wrote {count} statements to {}", kept.display()));
    }
    if read(&kept)? == learned {
        Ok(format!("{count} statements agree with the schema"))
    } else {
        Err(format!("{} is not what the statements and the schema say: run make statements", kept.display())
            .into())
    }
}

fn ignore_missing(error: io::Error, missing: io::ErrorKind) -> io::Result<()> {
    if error.kind() == missing { Ok(()) } else { Err(error) }
}

/// Compiles the statements against a new database with every migration applied.
async fn learn(progress: &Progress) -> Result<Learned, BoxError> {
    let platform = Platform::start(&StackOptions::for_tests(), progress).await?;
    let learned = compile(&platform).await;
    platform.stop().await?;
    learned
}

async fn compile(platform: &Platform) -> Result<Learned, BoxError> {
    let url = database_url(platform.postgres());
    let mut connection = sqlx::PgConnection::connect(&url).await?;
    MIGRATIONS.run(&mut connection).await?;
    let directory = tempfile::tempdir()?;
    // Macros are expanded only when the compiler thinks that a source file has changed.
    #[expect(clippy::disallowed_methods, reason = "a file's time is the wall clock's")]
    let now = std::time::SystemTime::now();
    fs::File::open(Path::new(SERVICE).join("src/main.rs"))?.set_modified(now)?;
    let status = Command::new("cargo")
        // The selection of the lints, whose compiled dependencies serve here too.
        .args(["check", "--quiet", "--workspace", "--all-targets"])
        .env("DATABASE_URL", url)
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", directory.path())
        .status()
        .await?;
    if !status.success() {
        return Err("the statements do not compile against the schema".into());
    }
    Ok(read(directory.path())?)
}

/// The address of the database for its owner, as the macros take it.
fn database_url(postgres: &Postgres) -> String {
    format!(
        "postgres://{}:{}@{}:{}/{}?sslmode=verify-full&sslrootcert={}",
        postgres::MIGRATOR,
        postgres.migrator_password(),
        postgres::HOST,
        postgres.port(),
        postgres::DATABASE,
        postgres.root_certificate().display(),
    )
}

fn read(directory: &Path) -> io::Result<Learned> {
    fs::read_dir(directory)?
        .map(|entry| entry.and_then(|entry| Ok((entry.file_name(), fs::read(entry.path())?))))
        .collect()
}
