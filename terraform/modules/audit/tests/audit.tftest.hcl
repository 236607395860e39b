mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name               = "zero-trust-eks"
  account_id         = "111122223333"
  region             = "eu-central-1"
  logs_key_arn       = "arn:aws:kms:eu-central-1:111122223333:key/logs"
  alarm_email        = "alarms@example.com"
  monthly_budget_usd = 900
  web_identity_subjects = {
    worker = { role_arn = "arn:aws:iam::111122223333:role/zero-trust-eks-worker-irsa", subject = "system:serviceaccount:services:worker" }
  }
}

run "guarded" {
  assert {
    condition     = aws_cloudtrail.this.is_multi_region_trail && aws_cloudtrail.this.include_global_service_events
    error_message = "[trail-everywhere] every region is recorded"
  }

  assert {
    condition     = aws_cloudtrail.this.enable_log_file_validation
    error_message = "[trail-validation] a changed or missing file is noticed"
  }

  assert {
    condition     = aws_cloudtrail.this.kms_key_id == var.logs_key_arn && aws_cloudwatch_log_group.trail.kms_key_id == var.logs_key_arn && aws_sns_topic.alarms.kms_master_key_id == var.logs_key_arn
    error_message = "[trail-key] trail, log group and alarms are encrypted with the logs key"
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.trail.block_public_acls,
      aws_s3_bucket_public_access_block.trail.block_public_policy,
      aws_s3_bucket_public_access_block.trail.ignore_public_acls,
      aws_s3_bucket_public_access_block.trail.restrict_public_buckets,
    ]) && aws_s3_bucket_versioning.trail.versioning_configuration[0].status == "Enabled" && !aws_s3_bucket.trail.force_destroy
    error_message = "[trail-bucket] the trail's bucket is private, versioned and not emptied"
  }

  assert {
    condition     = aws_cloudwatch_log_metric_filter.trail["unexpected-subject-worker"].pattern == "{ ($.eventName = \"AssumeRoleWithWebIdentity\") && ($.requestParameters.roleArn = \"arn:aws:iam::111122223333:role/zero-trust-eks-worker-irsa\") && ($.userIdentity.userName != \"system:serviceaccount:services:worker\") }"
    error_message = "[alarm-subject] another subject at a role is noticed"
  }

  assert {
    condition     = alltrue([for alarm in values(aws_cloudwatch_metric_alarm.trail) : alarm.alarm_actions == toset([aws_sns_topic.alarms.arn])]) && aws_cloudwatch_metric_alarm.trail["unexpected-role"].threshold == 1
    error_message = "[alarm-reaches] every filter raises an alarm"
  }

  assert {
    condition     = strcontains(aws_cloudwatch_log_metric_filter.trail["access-denied"].pattern, "AccessDenied*") && aws_cloudwatch_metric_alarm.trail["access-denied"].threshold == 10
    error_message = "[alarm-refusals] a burst of refusals is noticed"
  }

  assert {
    condition     = aws_guardduty_detector.this.enable && aws_guardduty_detector_feature.eks_audit_logs.status == "ENABLED"
    error_message = "[guardduty-audit] GuardDuty reads the cluster's audit log"
  }

  assert {
    condition     = aws_guardduty_detector_feature.runtime_monitoring.name == "RUNTIME_MONITORING" && aws_guardduty_detector_feature.runtime_monitoring.status == "ENABLED" && one(aws_guardduty_detector_feature.runtime_monitoring.additional_configuration).status == "ENABLED"
    error_message = "[guardduty-runtime] GuardDuty watches what runs"
  }

  assert {
    condition     = aws_budgets_budget.monthly.limit_amount == "900" && alltrue([for notification in aws_budgets_budget.monthly.notification : notification.subscriber_sns_topic_arns == toset([aws_sns_topic.alarms.arn])])
    error_message = "[budget-alarm] cost beyond the budget raises an alarm"
  }
}

run "refuses_alarms_that_reach_nobody" {
  command = plan
  variables { alarm_email = "nobody" }
  expect_failures = [var.alarm_email]
}

run "refuses_a_short_memory" {
  command = plan
  variables { retention_days = 30 }
  expect_failures = [var.retention_days]
}

run "refuses_blindness_to_refusals" {
  command = plan
  variables { access_denied_threshold = 100000 }
  expect_failures = [var.access_denied_threshold]
}

run "refuses_no_budget" {
  command = plan
  variables { monthly_budget_usd = 0 }
  expect_failures = [var.monthly_budget_usd]
}

run "refuses_to_expect_nobody" {
  command = plan
  variables { web_identity_subjects = {} }
  expect_failures = [var.web_identity_subjects]
}
