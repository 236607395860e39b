// Faults that credentials.yaml has to find, and what it has to let pass.

async fn chains() {
    // ruleid: default-credential-chain
    let a = aws_config::load_from_env().await;
    // ruleid: default-credential-chain
    let b = aws_config::load_defaults(BehaviorVersion::latest()).await;
    // ruleid: default-credential-chain
    let c = aws_config::defaults(BehaviorVersion::latest()).region(region).load().await;
    // ruleid: default-credential-chain
    let d = DefaultCredentialsChain::builder().build().await;
    // ok: default-credential-chain
    let e = aws_config::defaults(BehaviorVersion::latest()).region(region).credentials_provider(irsa).load().await;
}

fn sources() {
    // ruleid: credentials-of-another-source
    let node = ImdsCredentialsProvider::builder().build();
    // ruleid: credentials-of-another-source
    let profile = ProfileFileCredentialsProvider::builder().build();
    // ruleid: credentials-of-another-source
    let person = Credentials::new(id, secret, None, None, "static");
    // ok: credentials-of-another-source
    let pod = WebIdentityTokenCredentialsProvider::builder().build();
}
