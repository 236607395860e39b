# A scan must have looked and found nothing: cosign verify-attestation --type vuln --policy scan.rego. The result is
# that of `cargo audit --json`.
package signature

allow = true { count(refusals) == 0 }

allow = refusals { count(refusals) > 0 }

# cosign's own field for the date is not written by cosign 3.1.2; cargo-audit's is.
refusals["no scan: the database and its date are not named"] { not input.predicate.scanner.result.database["last-updated"] }

refusals["no scan: nothing was looked at"] { not looked }

looked { input.predicate.scanner.result.lockfile["dependency-count"] > 0 }

refusals["the scan found advisories"] { not clean }

clean { input.predicate.scanner.result.vulnerabilities.count == 0 }
