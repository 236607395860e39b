# Both are created empty, and migrate fills them: no value passes through Terraform. docs/decisions/0006-migrate-hands-over-secrets.md
resource "aws_secretsmanager_secret" "url_service_database" {
  # checkov:skip=CKV2_AWS_57: it rotates by aws_secretsmanager_secret_rotation.url_service_database, which has a count for the first apply.
  name                    = "${var.name}/url-service/database"
  description             = "Login of url-service's database users, which take turns"
  kms_key_id              = var.key_arn
  recovery_window_in_days = 30
}

resource "aws_secretsmanager_secret" "first_api_key" {
  # checkov:skip=CKV2_AWS_57: handed over once, for people to make their own keys with, and then revoked; nothing could rotate it.
  name                    = "${var.name}/first-api-key"
  description             = "The API key that migrate makes"
  kms_key_id              = var.key_arn
  recovery_window_in_days = 30
}

locals {
  # RDS changes the master password in the name of its service-linked role.
  rds_role_arn = "arn:aws:iam::${var.account_id}:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS"

  # An empty list would match everybody: whoever has no reader or writer names a role that cannot exist.
  nobody = "arn:aws:iam::${var.account_id}:role/${var.name}-nobody"

  policies = {
    url_service_database = {
      arn     = aws_secretsmanager_secret.url_service_database.arn
      readers = [var.url_service_role_arn, aws_iam_role.rotation.arn]
      writers = [var.migrate_role_arn, aws_iam_role.rotation.arn]
    }
    migrate_database = {
      arn     = var.migrate_database_secret_arn
      readers = [var.migrate_role_arn, aws_iam_role.rotation.arn, local.rds_role_arn]
      writers = [local.rds_role_arn]
    }
    # People log in with it once, to let SPIRE's server in by its role: nobody's role reads it. terraform/README.md
    spire_database = {
      arn     = var.spire_database_secret_arn
      readers = [local.rds_role_arn]
      writers = [local.rds_role_arn]
    }
    first_api_key = {
      arn     = aws_secretsmanager_secret.first_api_key.arn
      readers = [local.nobody]
      writers = [var.migrate_role_arn]
    }
  }
}

resource "aws_secretsmanager_secret_policy" "secret" {
  for_each = local.policies

  secret_arn          = each.value.arn
  block_public_policy = true
  policy = templatefile("${path.module}/policies/secret.json", {
    account_id                 = var.account_id
    reader_role_arns           = each.value.readers
    writer_role_arns           = each.value.writers
    secretsmanager_endpoint_id = var.secretsmanager_endpoint_id
  })
}
