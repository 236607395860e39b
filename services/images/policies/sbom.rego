# An SBOM must be of this image, complete, and hold nothing forbidden: cosign verify-attestation --type cyclonedx
# --policy sbom.rego. cosign prints the reasons of a refusal. What may enter the build at all is deny.toml's to say.
package signature

allow = true { count(refusals) == 0 }

allow = refusals { count(refusals) > 0 }

refusals["no component"] { not input.predicate.components[0].name }

# The subject is `registry/prefix/IMAGE`; the component is named after its program.
refusals["SBOM of another image"] { not of_this_image }

of_this_image {
	name := input.predicate.metadata.component.name
	endswith(input.subject[0].name, concat("", ["/", name]))
}

refusals[reason] {
	component := input.predicate.components[_]
	forbidden_packages[component.name]
	reason := sprintf("forbidden package %s", [component.name])
}

refusals[reason] {
	component := input.predicate.components[_]
	id := forbidden_licences[_]
	contains(component.licenses[_].expression, id)
	reason := sprintf("forbidden licence %s of %s", [id, component.name])
}

refusals[reason] {
	component := input.predicate.components[_]
	component.purl
	not component.licenses[0].expression
	reason := sprintf("no licence of %s", [component.name])
}

# The same as in deny.toml, where the reasons are.
forbidden_packages := {"openssl", "openssl-sys", "native-tls", "aws-sdk-sso", "aws-sdk-ssooidc"}

forbidden_licences := ["GPL-", "SSPL-", "BUSL-", "Commons-Clause"]
