# A scan that finds something critical or high tells the alarm topic, also when a rescan finds it later.
resource "aws_cloudwatch_event_rule" "findings" {
  name        = "${var.name}-image-findings"
  description = "A scan of an image found critical or high vulnerabilities"

  event_pattern = jsonencode({
    source        = ["aws.ecr"]
    "detail-type" = ["ECR Image Scan"]
    detail = {
      "repository-name" = [{ prefix = "${var.name}/" }]
      "finding-severity-counts" = {
        "$or" = [
          { CRITICAL = [{ numeric = [">", 0] }] },
          { HIGH = [{ numeric = [">", 0] }] },
        ]
      }
    }
  })
}

resource "aws_cloudwatch_event_target" "findings" {
  rule      = aws_cloudwatch_event_rule.findings.name
  target_id = "alarms"
  arn       = var.alarm_topic_arn
}
