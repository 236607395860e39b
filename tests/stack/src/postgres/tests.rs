use sqlx::Row as _;

use super::*;

/// One server for all checks: starting it is what takes time.
#[tokio::test]
async fn a_database_of_one_run() {
    let scratch = Scratch::new().unwrap();
    let postgres = Postgres::start(&scratch, &[], &Progress::silent()).await.unwrap();

    refuses_plaintext(&postgres).await;
    has_a_certificate_of_this_run(&postgres).await;
    takes_no_other_password(&postgres).await;
    migrator_owns_the_database_and_no_more(&postgres).await;
    keeps_what_was_committed(&postgres).await;

    let pid = postgres.process().pid();
    postgres.stop().await;
    assert!(!runs(pid));
}

fn migrator(postgres: &Postgres, database: &str) -> PgConnectOptions {
    postgres.login(MIGRATOR, postgres.migrator_password(), database)
}

async fn refuses_plaintext(postgres: &Postgres) {
    let plain = migrator(postgres, DATABASE).ssl_mode(PgSslMode::Disable);

    let refused = plain.connect().await.unwrap_err().to_string();

    assert!(refused.contains("no encryption"), "{refused}");
}

async fn has_a_certificate_of_this_run(postgres: &Postgres) {
    let other = authority::mint(&[HOST]).unwrap().root_certificate;
    let with_other = migrator(postgres, DATABASE).ssl_root_cert_from_pem(other.into_bytes());
    with_other.connect().await.unwrap_err();

    // The name leads there, and the certificate does not hold it.
    migrator(postgres, DATABASE).host("localhost").connect().await.unwrap_err();

    let mut connection = migrator(postgres, DATABASE).connect().await.unwrap();
    let row = sqlx::query("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
    let version: String = row.fetch_one(&mut connection).await.unwrap().get(0);
    assert_eq!(version, "TLSv1.3");
}

async fn takes_no_other_password(postgres: &Postgres) {
    let refused = postgres.login(MIGRATOR, "guess", DATABASE).connect().await.unwrap_err();

    assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "28P01");
}

async fn migrator_owns_the_database_and_no_more(postgres: &Postgres) {
    let mut connection = migrator(postgres, DATABASE).connect().await.unwrap();
    for statement in ["CREATE TABLE probe (id int)", "CREATE ROLE other LOGIN PASSWORD 'other'"] {
        connection.execute(statement).await.unwrap();
    }
    let row = sqlx::query(
        "SELECT rolsuper, rolcreatedb, rolreplication FROM pg_roles WHERE rolname = current_user",
    );
    let row = row.fetch_one(&mut connection).await.unwrap();
    assert_eq!([row.get::<bool, _>(0), row.get(1), row.get(2)], [false; 3]);

    migrator(postgres, SUPERUSER).connect().await.unwrap_err();
    let refused = postgres.login("other", "other", DATABASE).connect().await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "42501");
}

async fn keeps_what_was_committed(postgres: &Postgres) {
    let before = postgres.process().pid();

    postgres.restart().await.unwrap();

    assert_ne!(postgres.process().pid(), before);
    let mut connection = migrator(postgres, DATABASE).connect().await.unwrap();
    connection.execute("SELECT id FROM probe").await.unwrap();
}

fn runs(pid: i32) -> bool {
    let output =
        std::process::Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().unwrap();
    output.status.success()
}
