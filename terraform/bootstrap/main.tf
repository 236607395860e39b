# The bucket that holds Terraform's state. Applied once, with a state of its own that moves into the bucket after it.
provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = { Project = var.name, ManagedBy = "terraform/bootstrap" }
  }
}

resource "aws_kms_key" "state" {
  description             = "Terraform's state"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy = templatefile("${path.module}/policies/key.json", {
    account_id        = var.account_id
    region            = var.region
    deployer_role_arn = var.deployer_role_arn
  })
}

resource "aws_kms_alias" "state" {
  name          = "alias/${var.name}/state"
  target_key_id = aws_kms_key.state.id
}

# trivy:ignore:aws-s3-enable-logging: the trail of module audit records who reads it.
resource "aws_s3_bucket" "state" {
  # checkov:skip=CKV_AWS_18: the trail of module audit records who reads it.
  # checkov:skip=CKV_AWS_144: a lost state can be imported again; a copy elsewhere is one more place to guard.
  # checkov:skip=CKV2_AWS_62: nothing acts on a new state.
  bucket        = "${var.name}-state-${var.account_id}"
  force_destroy = false

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "state" {
  bucket = aws_s3_bucket.state.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.state.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "state" {
  bucket                  = aws_s3_bucket.state.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    id     = "old-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days           = 90
      newer_noncurrent_versions = 20
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.state]
}

resource "aws_s3_bucket_policy" "state" {
  bucket = aws_s3_bucket.state.id
  policy = templatefile("${path.module}/policies/bucket.json", {
    bucket_arn        = aws_s3_bucket.state.arn
    deployer_role_arn = var.deployer_role_arn
  })

  depends_on = [aws_s3_bucket_public_access_block.state]
}
