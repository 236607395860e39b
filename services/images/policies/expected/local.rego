# What was built on this machine by services/images/build. Nothing in production expects this.
package expected

repository := "https://source.invalid/zero-trust-eks"

ref := "refs/heads/main"

path := "services/images/build"

builder := "https://builder.invalid/local"
