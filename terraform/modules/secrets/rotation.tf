# Two users take turns: docs/runbooks/database-credentials.md. The code is in rotation/.
# trivy:ignore:aws-lambda-enable-tracing: one call a week with four steps, each logged; a trace would show no more.
resource "aws_lambda_function" "rotation" {
  # checkov:skip=CKV_AWS_50: one call a week with four steps, each logged; a trace would show no more.
  # checkov:skip=CKV_AWS_116: Secrets Manager tries again and raises RotationFailed; a queue would hold events nobody replays.
  # checkov:skip=CKV_AWS_173: its environment names the database and a secret's ARN, no secret.
  # checkov:skip=CKV_AWS_272: the package is made from hashed sources by rotation/build, and its hash is in the plan.
  function_name                  = "${var.name}-rotation"
  description                    = "Rotates url-service's database login by alternating users"
  role                           = aws_iam_role.rotation.arn
  runtime                        = "python3.12"
  handler                        = "handler.handle"
  filename                       = var.rotation_package
  source_code_hash               = filebase64sha256(var.rotation_package)
  timeout                        = 60
  memory_size                    = 256
  reserved_concurrent_executions = 1

  vpc_config {
    subnet_ids         = var.rotation_network.subnet_ids
    security_group_ids = [var.rotation_network.security_group_id]
  }

  environment {
    variables = {
      PGHOST              = var.database.host
      PGPORT              = tostring(var.database.port)
      PGDATABASE          = var.database.name
      MIGRATOR_SECRET_ARN = var.migrate_database_secret_arn
      ROTATED_SECRET_ARN  = aws_secretsmanager_secret.url_service_database.arn
    }
  }

  depends_on = [aws_cloudwatch_log_group.rotation, aws_iam_role_policy.rotation]
}

resource "aws_cloudwatch_log_group" "rotation" {
  name              = "/aws/lambda/${var.name}-rotation"
  retention_in_days = 365
  kms_key_id        = var.logs_key_arn
}

resource "aws_lambda_permission" "rotation" {
  statement_id   = "OneSecretOfThisAccount"
  function_name  = aws_lambda_function.rotation.function_name
  action         = "lambda:InvokeFunction"
  principal      = "secretsmanager.amazonaws.com"
  source_account = var.account_id
  source_arn     = aws_secretsmanager_secret.url_service_database.arn
}

resource "aws_secretsmanager_secret_rotation" "url_service_database" {
  count = var.rotation_enabled ? 1 : 0

  secret_id           = aws_secretsmanager_secret.url_service_database.id
  rotation_lambda_arn = aws_lambda_function.rotation.arn
  rotate_immediately  = true

  rotation_rules {
    automatically_after_days = var.rotation_days
  }

  depends_on = [aws_lambda_permission.rotation, aws_secretsmanager_secret_policy.secret]
}

resource "aws_cloudwatch_metric_alarm" "rotation" {
  alarm_name          = "${var.name}-rotation-failed"
  alarm_description   = "The login of url-service could not be rotated. docs/runbooks/database-credentials.md"
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = { FunctionName = aws_lambda_function.rotation.function_name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
}
