// Faults that sql.yaml has to find, and what it has to let pass.

async fn statements() {
    // ruleid: sql-by-format
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await?;
    // ruleid: sql-by-format, unchecked-statement
    sqlx::query(&format!("SELECT 1 FROM links WHERE slug = '{slug}'")).execute(connection).await?;
    // ruleid: sql-by-format
    let builder = QueryBuilder::new(format!("SELECT 1 FROM {table}"));
    // ruleid: unchecked-statement
    sqlx::query_as("SELECT 1").fetch_one(connection).await?;
    // ok: sql-by-format, unchecked-statement
    sqlx::query!("SELECT 1 FROM links WHERE slug = $1", slug).execute(connection).await?;
}
