mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name               = "zero-trust-eks"
  mirrored_images    = ["kyverno"]
  key_arn            = "arn:aws:kms:eu-central-1:111122223333:key/registry"
  publisher_role_arn = "arn:aws:iam::111122223333:role/zero-trust-eks-publisher"
  puller_role_arns   = ["arn:aws:iam::111122223333:role/zero-trust-eks-node"]
  alarm_topic_arn    = "arn:aws:sns:eu-central-1:111122223333:alarms"
}

run "guarded" {
  assert {
    condition     = toset(keys(output.repository_arns)) == toset(["url-service", "worker", "migrate", "mirror/kyverno"])
    error_message = "[registry-repositories] one repository for each image"
  }

  assert {
    condition     = alltrue([for repository in values(aws_ecr_repository.image) : repository.image_tag_mutability == "IMMUTABLE"])
    error_message = "[registry-immutable] a tag never moves"
  }

  assert {
    condition     = alltrue([for repository in values(aws_ecr_repository.image) : repository.image_scanning_configuration[0].scan_on_push])
    error_message = "[registry-scan] every push is scanned"
  }

  assert {
    condition     = alltrue([for repository in values(aws_ecr_repository.image) : repository.encryption_configuration[0].kms_key == var.key_arn && repository.encryption_configuration[0].encryption_type == "KMS"])
    error_message = "[registry-key] images are encrypted with the registry key"
  }

  assert {
    condition     = alltrue([for repository in values(aws_ecr_repository.image) : !repository.force_delete])
    error_message = "[registry-force-delete] a repository with images is not deleted"
  }

  assert {
    condition = alltrue([
      for policy in values(aws_ecr_repository_policy.image) : {
        for statement in jsondecode(policy.policy).Statement : statement.Sid => statement.Condition.ArnNotEquals["aws:PrincipalArn"] if statement.Effect == "Deny"
        } == {
        DenyPushToAllButThePublisher = var.publisher_role_arn
        DenyPullToAllButItsReaders   = concat(var.puller_role_arns, [var.publisher_role_arn])
      }
    ])
    error_message = "[registry-policy] only the publisher pushes, only the named roles pull"
  }

  assert {
    condition     = alltrue(flatten([for policy in values(aws_ecr_lifecycle_policy.image) : [for rule in jsondecode(policy.policy).rules : rule.selection.tagStatus == "tagged"]]))
    error_message = "[registry-lifecycle] signatures, which carry no tag, are not expired"
  }

  assert {
    condition     = aws_cloudwatch_event_target.findings.arn == var.alarm_topic_arn && jsondecode(aws_cloudwatch_event_rule.findings.event_pattern).source == ["aws.ecr"]
    error_message = "[registry-findings] findings of a scan raise an alarm"
  }
}

run "refuses_pull_by_any_role" {
  command = plan
  variables { puller_role_arns = ["arn:aws:iam::111122223333:role/*"] }
  expect_failures = [var.puller_role_arns]
}

run "refuses_to_expire_what_a_rollback_needs" {
  command = plan
  variables { kept_images = 1 }
  expect_failures = [var.kept_images]
}
