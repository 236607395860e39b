resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

locals {
  subject = "repo:${var.repository}:ref:${var.ref}:environment:${var.environment}"

  identity_policy = templatefile("${path.module}/policies/publisher/identity.json", {
    repository_arns = var.repository_arns
    signing_key_arn = var.signing_key_arn
  })
}

# The subject holds ref and environment because the repository customises it: docs/decisions/0023-publisher-subject.md
resource "aws_iam_role" "publisher" {
  name                 = "${var.name}-publisher"
  description          = "Assumed by the release workflow of ${var.repository}"
  max_session_duration = 3600
  permissions_boundary = aws_iam_policy.boundary.arn
  assume_role_policy = templatefile("${path.module}/policies/publisher/trust.json", {
    github_provider_arn = aws_iam_openid_connect_provider.github.arn
    repository          = var.repository
    ref                 = var.ref
    environment         = var.environment
  })
}

resource "aws_iam_role_policy" "identity" {
  name   = "identity"
  role   = aws_iam_role.publisher.name
  policy = local.identity_policy
}

resource "aws_iam_policy" "boundary" {
  name        = "${var.name}-publisher-boundary"
  description = "Ceiling of the publisher's role"
  policy      = local.identity_policy
}
