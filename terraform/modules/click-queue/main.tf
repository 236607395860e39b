locals {
  # SQS's maximum: an outage of the worker over a long weekend loses nothing.
  retention_seconds = 1209600
}

resource "aws_sqs_queue" "clicks" {
  name                              = "${var.name}-clicks"
  message_retention_seconds         = local.retention_seconds
  visibility_timeout_seconds        = 60
  receive_wait_time_seconds         = 20
  kms_master_key_id                 = var.key_arn
  kms_data_key_reuse_period_seconds = 300

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = var.max_receives
  })
}

resource "aws_sqs_queue" "dead_letters" {
  name                              = "${var.name}-clicks-dead-letters"
  message_retention_seconds         = local.retention_seconds
  kms_master_key_id                 = var.key_arn
  kms_data_key_reuse_period_seconds = 300
}

resource "aws_sqs_queue_redrive_allow_policy" "dead_letters" {
  queue_url = aws_sqs_queue.dead_letters.id
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.clicks.arn]
  })
}

resource "aws_sqs_queue_policy" "queue" {
  for_each = {
    clicks       = aws_sqs_queue.clicks
    dead_letters = aws_sqs_queue.dead_letters
  }

  queue_url = each.value.id
  policy = templatefile("${path.module}/policies/queue.json", {
    queue_arn            = each.value.arn
    sqs_endpoint_id      = var.sqs_endpoint_id
    url_service_role_arn = var.url_service_role_arn
    worker_role_arn      = var.worker_role_arn
  })
}
