resource "aws_flow_log" "this" {
  vpc_id                   = aws_vpc.this.id
  traffic_type             = "ALL"
  max_aggregation_interval = 60
  log_destination_type     = "cloud-watch-logs"
  log_destination          = aws_cloudwatch_log_group.flow_logs.arn
  iam_role_arn             = aws_iam_role.flow_logs.arn
}

resource "aws_cloudwatch_log_group" "flow_logs" {
  name              = "/${var.name}/flow-logs"
  retention_in_days = 365
  kms_key_id        = var.logs_key_arn
}

resource "aws_iam_role" "flow_logs" {
  name                 = "${var.name}-flow-logs"
  description          = "VPC flow logs write with it"
  max_session_duration = 3600
  assume_role_policy   = templatefile("${path.module}/policies/flow-logs/trust.json", { account_id = var.account_id, region = var.region })
}

resource "aws_iam_role_policy" "flow_logs" {
  name   = "identity"
  role   = aws_iam_role.flow_logs.name
  policy = templatefile("${path.module}/policies/flow-logs/identity.json", { log_group_arn = aws_cloudwatch_log_group.flow_logs.arn })
}
