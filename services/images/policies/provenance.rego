# Provenance must name our repository, branch, workflow and builder: cosign verify-attestation --type slsaprovenance1
# --policy provenance.rego --policy expected/ENVIRONMENT.rego. cosign prints the reasons of a refusal.
package signature

import data.expected

workflow := input.predicate.buildDefinition.externalParameters.workflow

source := sprintf("git+%s@%s", [expected.repository, expected.ref])

allow = true { count(refusals) == 0 }

allow = refusals { count(refusals) > 0 }

# Each rule asks for what must be there: a field that is missing is refused like one that is wrong.
refusals["provenance of another repository"] { not workflow.repository == expected.repository }

refusals["provenance of another branch"] { not workflow.ref == expected.ref }

refusals["provenance of another workflow"] { not workflow.path == expected.path }

refusals["provenance of another builder"] { not input.predicate.runDetails.builder.id == expected.builder }

refusals["provenance without the commit of the source"] { not commit }

commit {
	dependency := input.predicate.buildDefinition.resolvedDependencies[_]
	dependency.uri == source
	regex.match("^[0-9a-f]{40}$", dependency.digest.gitCommit)
}
