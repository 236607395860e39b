// Faults that secrets.yaml has to find, and what it has to let pass.

fn comparisons() -> bool {
    // ruleid: secret-compared-with-equals
    if key.expose_secret() == presented {}
    // ruleid: secret-compared-with-equals
    if key.hash() == stored.hash.as_slice() {}
    // ok: secret-compared-with-equals
    self.hash().ct_eq(hash).into()
}

fn hashes() {
    // ruleid: weak-hash
    let sum = Sha1::digest(bytes);
    // ok: weak-hash
    let sum = Sha256::digest(bytes);
}

fn draws() {
    // ruleid: predictable-randomness
    let rng = StdRng::seed_from_u64(now);
    // ok: predictable-randomness
    let rng = StdRng::try_from_rng(&mut SysRng)?;
}

struct Login {
    // ruleid: secret-as-string
    password: String,
    // ok: secret-as-string
    secret: SecretString,
    // ok: secret-as-string
    secret_id: String,
}
