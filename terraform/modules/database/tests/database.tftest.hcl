mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name              = "zero-trust-eks"
  subnet_ids        = ["subnet-a", "subnet-b", "subnet-c"]
  security_group_id = "sg-database"
  database_key_arn  = "arn:aws:kms:eu-central-1:111122223333:key/database"
  secrets_key_arn   = "arn:aws:kms:eu-central-1:111122223333:key/secrets"
  logs_key_arn      = "arn:aws:kms:eu-central-1:111122223333:key/logs"
  alarm_topic_arn   = "arn:aws:sns:eu-central-1:111122223333:alarms"
}

run "guarded" {
  assert {
    condition     = aws_db_instance.this.multi_az
    error_message = "[database-standby] there is a standby in another zone"
  }

  assert {
    condition     = aws_db_instance.this.storage_encrypted && aws_db_instance.this.kms_key_id == var.database_key_arn && aws_db_instance.this.performance_insights_kms_key_id == var.database_key_arn
    error_message = "[database-key] data at rest is encrypted with the database key"
  }

  assert {
    condition     = !aws_db_instance.this.publicly_accessible
    error_message = "[database-private] the database has no public address"
  }

  assert {
    condition     = aws_db_instance.this.vpc_security_group_ids == toset([var.security_group_id])
    error_message = "[database-group] one security group decides who comes"
  }

  assert {
    condition     = coalesce(aws_db_instance.this.manage_master_user_password, false) && aws_db_instance.this.master_user_secret_kms_key_id == var.secrets_key_arn && aws_db_instance.this.password == null && aws_db_instance.this.password_wo == null
    error_message = "[database-password] RDS keeps the master password, Terraform never has it"
  }

  assert {
    condition     = aws_db_instance.this.deletion_protection && !aws_db_instance.this.skip_final_snapshot && !aws_db_instance.this.delete_automated_backups
    error_message = "[database-deletion] the database is not deleted by accident, nor its backups with it"
  }

  assert {
    condition     = aws_db_instance.this.backup_retention_period == 35
    error_message = "[database-backup] it can be restored to any second of 35 days"
  }

  assert {
    condition     = aws_db_instance.this.enabled_cloudwatch_logs_exports == toset(["postgresql", "upgrade"]) && alltrue([for group in values(aws_cloudwatch_log_group.export) : group.kms_key_id == var.logs_key_arn && group.retention_in_days == 365])
    error_message = "[database-logs] its logs are exported, encrypted and kept a year"
  }

  assert {
    condition     = aws_db_instance.this.performance_insights_enabled && aws_db_instance.this.monitoring_interval == 60
    error_message = "[database-insights] performance insights are on"
  }

  assert {
    condition     = !aws_db_instance.this.iam_database_authentication_enabled
    error_message = "[database-one-login] there is one way to log in"
  }

  assert {
    condition = {
      for parameter in aws_db_parameter_group.this.parameter : parameter.name => parameter.value
      if contains(["rds.force_ssl", "password_encryption", "rds.accepted_password_auth_method"], parameter.name)
      } == {
      "rds.force_ssl"                     = "1"
      "password_encryption"               = "scram-sha-256"
      "rds.accepted_password_auth_method" = "scram"
    }
    error_message = "[database-tls] nobody connects without TLS or SCRAM"
  }

  assert {
    condition     = aws_db_instance.this.parameter_group_name == aws_db_parameter_group.this.name
    error_message = "[database-parameters] the parameters are in use"
  }
}

run "login_by_role" {
  command = plan
  variables {
    database_name   = "spire"
    master_username = "spire_administrator"
    iam_login       = true
  }

  assert {
    condition     = aws_db_instance.this.iam_database_authentication_enabled && aws_db_instance.this.db_name == "spire" && aws_db_instance.this.username == "spire_administrator"
    error_message = "[database-iam-login] where a role logs in, no password exists that could be read"
  }
}

run "refuses_one_zone" {
  command = plan
  variables { subnet_ids = ["subnet-a"] }
  expect_failures = [var.subnet_ids]
}

run "refuses_short_backups" {
  command = plan
  variables { backup_days = 0 }
  expect_failures = [var.backup_days]
}

run "refuses_the_name_that_is_tried_first" {
  command = plan
  variables { master_username = "postgres" }
  expect_failures = [var.master_username]
}
