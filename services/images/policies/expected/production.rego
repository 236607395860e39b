# What the release workflow builds. OWNER is the account that the repository lives under; until it is set, everything is
# refused.
package expected

repository := "https://github.com/OWNER/zero-trust-eks"

ref := "refs/heads/main"

path := ".github/workflows/release.yml"

builder := "https://github.com/actions/runner/github-hosted"
