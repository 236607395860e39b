# One key per data class: losing or misusing one says nothing about the others.
locals {
  data_classes = {
    clicks   = "Click batches in the queue and its dead-letter queue"
    secrets  = "Values in Secrets Manager"
    database = "The database's storage, backups and performance data"
    registry = "Container images"
    cluster  = "Secrets of Kubernetes and the nodes' volumes"
    logs     = "Log groups, the trail and the alarm topic"
  }

  policy_values = {
    account_id                      = var.account_id
    region                          = var.region
    deployer_role_arn               = var.deployer_role_arn
    trail_arn                       = var.trail_arn
    url_service_database_secret_arn = var.secret_arns.url_service_database
    migrate_database_secret_arn     = var.secret_arns.migrate_database
    first_api_key_secret_arn        = var.secret_arns.first_api_key
    url_service_role_arn            = var.role_arns.url-service
    worker_role_arn                 = var.role_arns.worker
    migrate_role_arn                = var.role_arns.migrate
    rotation_role_arn               = var.role_arns.rotation
    publisher_role_arn              = var.role_arns.publisher
    kyverno_admission_role_arn      = var.role_arns.kyverno-admission
  }
}

resource "aws_kms_key" "data" {
  for_each = local.data_classes

  description             = each.value
  enable_key_rotation     = true
  deletion_window_in_days = var.deletion_window_days
}

# A policy apart from its key, because it names roles whose boundary names the key.
resource "aws_kms_key_policy" "data" {
  for_each = local.data_classes

  key_id = aws_kms_key.data[each.key].id
  policy = templatefile("${path.module}/policies/${each.key}.json", local.policy_values)
}

resource "aws_kms_alias" "data" {
  for_each = local.data_classes

  name          = "alias/${var.name}/${each.key}"
  target_key_id = aws_kms_key.data[each.key].id
}

# KMS does not rotate asymmetric keys: see docs/runbooks/terraform-signing-key.md.
resource "aws_kms_key" "signing" {
  # checkov:skip=CKV_AWS_7: KMS offers no rotation for asymmetric keys; the runbook replaces it by hand.
  description              = "Signatures over released images"
  customer_master_key_spec = "ECC_NIST_P256"
  key_usage                = "SIGN_VERIFY"
  deletion_window_in_days  = var.deletion_window_days
}

resource "aws_kms_key_policy" "signing" {
  key_id = aws_kms_key.signing.id
  policy = templatefile("${path.module}/policies/signing.json", local.policy_values)
}

resource "aws_kms_alias" "signing" {
  name          = "alias/${var.name}/signing"
  target_key_id = aws_kms_key.signing.id
}
