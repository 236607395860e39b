mock_provider "aws" {
  source = "../../mocks"
}

override_resource {
  target = aws_secretsmanager_secret.url_service_database
  values = { arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:zero-trust-eks/url-service/database-AbCdEf" }
}

override_resource {
  target = aws_iam_role.rotation
  values = { arn = "arn:aws:iam::111122223333:role/zero-trust-eks-rotation" }
}

variables {
  name                        = "zero-trust-eks"
  account_id                  = "111122223333"
  region                      = "eu-central-1"
  key_arn                     = "arn:aws:kms:eu-central-1:111122223333:key/secrets"
  logs_key_arn                = "arn:aws:kms:eu-central-1:111122223333:key/logs"
  migrate_database_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:rds!db-0123-AbCdEf"
  spire_database_secret_arn   = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:rds!db-4567-AbCdEf"
  url_service_role_arn        = "arn:aws:iam::111122223333:role/zero-trust-eks-url-service-irsa"
  migrate_role_arn            = "arn:aws:iam::111122223333:role/zero-trust-eks-migrate-irsa"
  secretsmanager_endpoint_id  = "vpce-0123"
  database                    = { host = "database.example", port = 5432, name = "zero_trust_eks" }
  rotation_package            = "tests/stand-in.zip"
  rotation_network            = { subnet_ids = ["subnet-a"], security_group_id = "sg-rotation" }
  alarm_topic_arn             = "arn:aws:sns:eu-central-1:111122223333:alarms"
}

run "guarded" {
  assert {
    condition     = alltrue([for secret in [aws_secretsmanager_secret.url_service_database, aws_secretsmanager_secret.first_api_key] : secret.kms_key_id == var.key_arn && secret.recovery_window_in_days == 30])
    error_message = "[secret-key] secrets are encrypted with the secrets key and can be recovered"
  }

  assert {
    condition = {
      for name, policy in aws_secretsmanager_secret_policy.secret : name => {
        for statement in jsondecode(policy.policy).Statement : statement.Sid => try(statement.Condition.ArnNotEquals["aws:PrincipalArn"], null)
        if statement.Effect == "Deny" && statement.Sid != "DenyValuesOutsideTheEndpoint"
      }
      } == {
      url_service_database = {
        DenyReadingToAllButItsReaders = [var.url_service_role_arn, aws_iam_role.rotation.arn]
        DenyWritingToAllButItsWriters = [var.migrate_role_arn, aws_iam_role.rotation.arn]
      }
      migrate_database = {
        DenyReadingToAllButItsReaders = [var.migrate_role_arn, aws_iam_role.rotation.arn, "arn:aws:iam::111122223333:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS"]
        DenyWritingToAllButItsWriters = ["arn:aws:iam::111122223333:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS"]
      }
      spire_database = {
        DenyReadingToAllButItsReaders = ["arn:aws:iam::111122223333:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS"]
        DenyWritingToAllButItsWriters = ["arn:aws:iam::111122223333:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS"]
      }
      first_api_key = {
        DenyReadingToAllButItsReaders = ["arn:aws:iam::111122223333:role/zero-trust-eks-nobody"]
        DenyWritingToAllButItsWriters = [var.migrate_role_arn]
      }
    }
    error_message = "[secret-policy] each secret has its readers and writers, and nobody else"
  }

  assert {
    condition = alltrue([
      for policy in values(aws_secretsmanager_secret_policy.secret) : anytrue([
        for statement in jsondecode(policy.policy).Statement :
        try(statement.Condition.StringNotEqualsIfExists["aws:SourceVpce"], "") == var.secretsmanager_endpoint_id if statement.Effect == "Deny"
      ])
    ])
    error_message = "[secret-endpoint] values pass through one endpoint"
  }

  assert {
    condition     = alltrue([for policy in values(aws_secretsmanager_secret_policy.secret) : policy.block_public_policy])
    error_message = "[secret-public] a public policy is refused"
  }

  assert {
    condition     = length(aws_secretsmanager_secret_rotation.url_service_database) == 1 && aws_secretsmanager_secret_rotation.url_service_database[0].rotation_rules[0].automatically_after_days == 7
    error_message = "[secret-rotation] url-service's login rotates every week"
  }

  assert {
    condition     = aws_lambda_permission.rotation.principal == "secretsmanager.amazonaws.com" && aws_lambda_permission.rotation.source_account == "111122223333" && aws_lambda_permission.rotation.source_arn == aws_secretsmanager_secret.url_service_database.arn
    error_message = "[rotation-caller] Secrets Manager alone calls the function, for one secret of this account"
  }

  assert {
    condition     = aws_lambda_function.rotation.vpc_config[0].security_group_ids == toset(["sg-rotation"])
    error_message = "[rotation-network] the function runs in the network, in a group of its own"
  }

  assert {
    condition     = toset(keys(aws_lambda_function.rotation.environment[0].variables)) == toset(["PGHOST", "PGPORT", "PGDATABASE", "MIGRATOR_SECRET_ARN", "ROTATED_SECRET_ARN"])
    error_message = "[rotation-environment] the function's environment holds no secret"
  }

  assert {
    condition     = aws_cloudwatch_log_group.rotation.kms_key_id == var.logs_key_arn && aws_cloudwatch_log_group.rotation.retention_in_days == 365
    error_message = "[rotation-log] the function's log is encrypted and kept a year"
  }

  assert {
    condition     = aws_iam_role.rotation.permissions_boundary == aws_iam_policy.rotation_boundary.arn && aws_iam_policy.rotation_boundary.policy == aws_iam_role_policy.rotation.policy
    error_message = "[rotation-boundary] the function's boundary is its own policy"
  }

  assert {
    condition     = contains(aws_cloudwatch_metric_alarm.rotation.alarm_actions, var.alarm_topic_arn)
    error_message = "[rotation-alarm] a failed rotation raises an alarm"
  }
}

run "can_wait_for_migrate" {
  command = plan
  variables { rotation_enabled = false }

  assert {
    condition     = length(aws_secretsmanager_secret_rotation.url_service_database) == 0
    error_message = "[secret-rotation-later] an empty secret is not rotated"
  }
}

run "refuses_values_from_anywhere" {
  command = plan
  variables { secretsmanager_endpoint_id = "*" }
  expect_failures = [var.secretsmanager_endpoint_id]
}

run "refuses_old_passwords" {
  command = plan
  variables { rotation_days = 365 }
  expect_failures = [var.rotation_days]
}

run "refuses_what_is_no_package" {
  command = plan
  variables {
    rotation_package = "tests/secrets.tftest.hcl"
  }
  expect_failures = [var.rotation_package]
}
