locals {
  trail_name = "${var.name}-trail"
  trail_arn  = "arn:aws:cloudtrail:${var.region}:${var.account_id}:trail/${local.trail_name}"
}

resource "aws_cloudtrail" "this" {
  # checkov:skip=CKV_AWS_252: the alarms are on the log group; a message for each file would be noise.
  name                          = local.trail_name
  s3_bucket_name                = aws_s3_bucket.trail.id
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true
  kms_key_id                    = var.logs_key_arn
  cloud_watch_logs_group_arn    = "${aws_cloudwatch_log_group.trail.arn}:*"
  cloud_watch_logs_role_arn     = aws_iam_role.trail.arn

  depends_on = [aws_s3_bucket_policy.trail, aws_iam_role_policy.trail]
}

resource "aws_cloudwatch_log_group" "trail" {
  name              = "/${var.name}/trail"
  retention_in_days = 365
  kms_key_id        = var.logs_key_arn
}

resource "aws_iam_role" "trail" {
  name                 = "${var.name}-trail"
  description          = "CloudTrail writes to its log group with it"
  max_session_duration = 3600
  assume_role_policy   = templatefile("${path.module}/policies/trail/trust.json", { account_id = var.account_id, trail_arn = local.trail_arn })
}

resource "aws_iam_role_policy" "trail" {
  name   = "identity"
  role   = aws_iam_role.trail.name
  policy = templatefile("${path.module}/policies/trail/identity.json", { log_group_arn = aws_cloudwatch_log_group.trail.arn })
}

# trivy:ignore:aws-s3-enable-logging: the trail itself records who reads the bucket; a log of the log would need one more.
# trivy:ignore:aws-cloudtrail-require-bucket-access-logging: the same bucket, and for the same reason.
resource "aws_s3_bucket" "trail" {
  # checkov:skip=CKV_AWS_18: the trail itself records who reads the bucket; a log of the log would need one more.
  # checkov:skip=CKV_AWS_144: the events are in the log group as well; a second region would be a second account's decision.
  # checkov:skip=CKV2_AWS_62: nothing acts on new files.
  bucket        = "${var.name}-trail-${var.account_id}"
  force_destroy = false
}

resource "aws_s3_bucket_public_access_block" "trail" {
  bucket                  = aws_s3_bucket.trail.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "trail" {
  bucket = aws_s3_bucket.trail.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "trail" {
  bucket = aws_s3_bucket.trail.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "trail" {
  bucket = aws_s3_bucket.trail.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.logs_key_arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "trail" {
  bucket = aws_s3_bucket.trail.id

  rule {
    id     = "expire"
    status = "Enabled"

    filter {}

    expiration {
      days = var.retention_days
    }

    noncurrent_version_expiration {
      noncurrent_days = 30
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.trail]
}

resource "aws_s3_bucket_policy" "trail" {
  bucket = aws_s3_bucket.trail.id
  policy = templatefile("${path.module}/policies/trail/bucket.json", {
    bucket_arn = aws_s3_bucket.trail.arn
    account_id = var.account_id
    trail_arn  = local.trail_arn
  })

  depends_on = [aws_s3_bucket_public_access_block.trail]
}
