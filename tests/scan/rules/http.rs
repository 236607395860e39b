// Faults that http.yaml has to find, and what it has to let pass.

fn redirects() {
    // ruleid: location-from-request
    headers.insert(header::LOCATION, request.headers()["next"].clone());
    // ruleid: location-from-request
    let answer = Redirect::temporary(query.next.as_str());
    // ok: location-from-request
    headers.insert(header::LOCATION, to.location.clone());
}

fn requests() {
    // ruleid: unchecked-header
    let value = unsafe { HeaderValue::from_maybe_shared_unchecked(bytes) };
    // ok: unchecked-header
    let value = HeaderValue::from_str(text)?;
    // ruleid: host-header-trusted
    let host = parts.headers.get(header::HOST);
    // ok: host-header-trusted
    let length = parts.headers.get(header::CONTENT_LENGTH);
}

async fn bodies() {
    // ruleid: unlimited-body
    let bytes = to_bytes(body, usize::MAX).await?;
    // ruleid: unlimited-body
    let router = router.layer(DefaultBodyLimit::disable());
    // ok: unlimited-body
    let bytes = to_bytes(body, LIMIT).await?;
}

fn process() {
    // ruleid: any-origin
    let layer = CorsLayer::permissive();
    // ruleid: subprocess
    let child = std::process::Command::new("sh").spawn()?;
    // ok: any-origin, subprocess
    let layer = DefaultBodyLimit::max(BODY_LIMIT);
}
