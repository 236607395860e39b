// Faults that logging.yaml has to find, and what it has to let pass.

fn secrets() {
    // ruleid: secret-in-text
    tracing::debug!(key = key.expose_secret(), "read");
    // ruleid: secret-in-text
    let text = format!("{}", password.expose_secret());
    // ok: secret-in-text
    tracing::debug!("read"); options.password(password.expose_secret());
}

fn values() {
    // ruleid: private-value-in-log
    tracing::info!(%url, "created a link");
    // ruleid: private-value-in-log
    tracing::warn!(target_url = link.url.as_str(), "refused");
    // ruleid: private-value-in-log
    tracing::info!(
        link = %link.id,
        authorization = ?value,
        "asked"
    );
    // ruleid: private-value-in-log
    tracing::debug!(headers = ?request.headers(), "request");
    // ruleid: private-value-in-log
    let span = tracing::info_span!("visit", to = %destination, from = %host);
    // ok: private-value-in-log
    tracing::warn!(reason, "the token of the url was refused, and its password too");
    // ok: private-value-in-log
    tracing::info!(link = %link.id, status = 302, "answered"); let url = link.url;
}

fn prints() {
    // ruleid: print-instead-of-log
    println!("{link}");
    // ruleid: print-instead-of-log
    dbg!(request);
    // ok: print-instead-of-log
    tracing::info!("ready");
}

// ruleid: request-in-span
#[tracing::instrument]
async fn create(request: Request) {}

// ruleid: request-in-span
#[instrument(level = "debug")]
async fn change(request: Request) {}

// ok: request-in-span
#[tracing::instrument(skip_all, fields(link = %id))]
async fn read(id: Uuid, request: Request) {}
