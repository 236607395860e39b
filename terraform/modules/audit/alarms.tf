# Filters over the trail: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
locals {
  exchange = "($.eventName = \"AssumeRoleWithWebIdentity\")"

  # One per role: somebody else than its own service account asked for it, whether or not it was given.
  unexpected_subject = {
    for name, expected in var.web_identity_subjects :
    "unexpected-subject-${name}" => {
      description = "A token of another subject than ${expected.subject} was shown for ${expected.role_arn}"
      threshold   = 1
      pattern     = "{ ${local.exchange} && ($.requestParameters.roleArn = \"${expected.role_arn}\") && ($.userIdentity.userName != \"${expected.subject}\") }"
    }
  }

  unexpected_role = {
    unexpected-role = {
      description = "A token was exchanged for a role that is none of this system's"
      threshold   = 1
      pattern = format("{ %s && %s }", local.exchange, join(" && ", [
        for name, expected in var.web_identity_subjects : "($.requestParameters.roleArn != \"*:role/${split(":role/", expected.role_arn)[1]}\")"
      ]))
    }
  }

  refusals = {
    access-denied = {
      description = "Many calls were refused within five minutes: somebody tries doors that are not theirs"
      threshold   = var.access_denied_threshold
      pattern     = "{ ($.errorCode = \"*UnauthorizedOperation\") || ($.errorCode = \"AccessDenied*\") }"
    }
  }

  alarms = merge(local.unexpected_subject, local.unexpected_role, local.refusals)
}

resource "aws_cloudwatch_log_metric_filter" "trail" {
  for_each = local.alarms

  name           = "${var.name}-${each.key}"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = each.value.pattern

  metric_transformation {
    namespace     = "${var.name}/audit"
    name          = each.key
    value         = "1"
    default_value = "0"
  }

  lifecycle {
    precondition {
      condition     = length(each.value.pattern) <= 1024
      error_message = "The filter pattern of ${each.key} has more than the 1024 characters that CloudWatch Logs takes."
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "trail" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = "${var.name}/audit"
  metric_name         = aws_cloudwatch_log_metric_filter.trail[each.key].metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
}
