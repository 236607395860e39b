mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name                 = "zero-trust-eks"
  key_arn              = "arn:aws:kms:eu-central-1:111122223333:key/clicks"
  url_service_role_arn = "arn:aws:iam::111122223333:role/zero-trust-eks-url-service-irsa"
  worker_role_arn      = "arn:aws:iam::111122223333:role/zero-trust-eks-worker-irsa"
  sqs_endpoint_id      = "vpce-0123"
  alarm_topic_arn      = "arn:aws:sns:eu-central-1:111122223333:alarms"
}

run "guarded" {
  assert {
    condition     = alltrue([for queue in [aws_sqs_queue.clicks, aws_sqs_queue.dead_letters] : queue.kms_master_key_id == var.key_arn])
    error_message = "[queue-key] both queues are encrypted with the clicks key"
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.clicks.redrive_policy) == { deadLetterTargetArn = aws_sqs_queue.dead_letters.arn, maxReceiveCount = 5 }
    error_message = "[queue-redrive] poison goes to the dead-letter queue after five receives"
  }

  assert {
    condition     = jsondecode(aws_sqs_queue_redrive_allow_policy.dead_letters.redrive_allow_policy).redrivePermission == "byQueue"
    error_message = "[queue-redrive-allow] the dead-letter queue takes messages of the click queue alone"
  }

  assert {
    condition     = alltrue([for queue in [aws_sqs_queue.clicks, aws_sqs_queue.dead_letters] : queue.message_retention_seconds == 1209600])
    error_message = "[queue-retention] messages are kept for fourteen days"
  }

  assert {
    condition = alltrue([
      for policy in values(aws_sqs_queue_policy.queue) : toset([
        for statement in jsondecode(policy.policy).Statement : statement.Sid if statement.Effect == "Deny" && statement.Principal == "*"
      ]) == toset(["DenyPlaintext", "DenyMessagesOutsideTheEndpoint", "DenyMessagesToAllButTheTwoRoles"])
    ])
    error_message = "[queue-policy] both queues deny plaintext, other endpoints and other roles"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.age.metric_name == "ApproximateAgeOfOldestMessage" && contains(aws_cloudwatch_metric_alarm.age.alarm_actions, var.alarm_topic_arn)
    error_message = "[queue-age-alarm] waiting clicks raise an alarm"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.dead_letters.threshold == 0 && contains(aws_cloudwatch_metric_alarm.dead_letters.alarm_actions, var.alarm_topic_arn)
    error_message = "[queue-dead-letter-alarm] the first dead letter raises an alarm"
  }
}

run "refuses_a_queue_open_to_the_internet" {
  command = plan
  variables { sqs_endpoint_id = "" }
  expect_failures = [var.sqs_endpoint_id]
}

run "refuses_endless_retries" {
  command = plan
  variables { max_receives = 1000 }
  expect_failures = [var.max_receives]
}
