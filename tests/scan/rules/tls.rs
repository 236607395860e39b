// Faults that tls.yaml has to find, and what it has to let pass.

fn spiffe() {
    // ruleid: any-spiffe-id
    let anyone = authorizer::any();
    // ruleid: any-spiffe-id
    let server = mtls_server(source).build()?;
    // ruleid: any-spiffe-id
    let client = mtls_client(source).authorize(authorizer::exact(ids)?).build()?;
    // ok: any-spiffe-id
    let exact = mtls_server(source).authorize(authorizer::exact(ids)?).trust_domain_policy(LocalOnly(own)).build()?;
}

fn verifiers() {
    // ruleid: tls-verifier-of-our-own
    config.dangerous().set_certificate_verifier(trusting);
    // ruleid: tls-verifier-of-our-own
    let client = Client::builder().danger_accept_invalid_certs(true).build()?;
}

// ruleid: tls-verifier-of-our-own
impl ServerCertVerifier for TrustsEverybody {}

fn listener() {
    // ruleid: server-without-client-certificates
    let open = ServerConfig::builder().with_no_client_auth();
    // ok: server-without-client-certificates
    let caller = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
}

async fn database() {
    // ruleid: database-without-verified-tls
    let options = PgConnectOptions::new().ssl_mode(PgSslMode::Prefer);
    // ruleid: database-without-verified-tls
    let pool = PgPoolOptions::new().max_connections(1).connect(&url).await?;
    // ok: database-without-verified-tls
    let verified = PgConnectOptions::new().ssl_mode(PgSslMode::VerifyFull);
}
