locals {
  rotation_policy = templatefile("${path.module}/policies/rotation/identity.json", {
    region                          = var.region
    migrate_database_secret_arn     = var.migrate_database_secret_arn
    url_service_database_secret_arn = aws_secretsmanager_secret.url_service_database.arn
    secrets_key_arn                 = var.key_arn
    rotation_log_group_arn          = aws_cloudwatch_log_group.rotation.arn
  })
}

resource "aws_iam_role" "rotation" {
  name                 = "${var.name}-rotation"
  description          = "The function that rotates url-service's database login"
  max_session_duration = 3600
  permissions_boundary = aws_iam_policy.rotation_boundary.arn
  assume_role_policy   = templatefile("${path.module}/policies/rotation/trust.json", {})
}

resource "aws_iam_role_policy" "rotation" {
  # checkov:skip=CKV_AWS_355: Lambda's network interfaces have no ARN before they exist; AWS asks for "*" here.
  # checkov:skip=CKV_AWS_290: the same statement; every other one names its secret, key or log.
  name   = "identity"
  role   = aws_iam_role.rotation.name
  policy = local.rotation_policy
}

resource "aws_iam_policy" "rotation_boundary" {
  name        = "${var.name}-rotation-boundary"
  description = "Ceiling of the rotation function's role"
  policy      = local.rotation_policy
}
