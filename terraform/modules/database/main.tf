# RDS for PostgreSQL, Multi-AZ: docs/decisions/0020-database-engine.md and 0025-spire-datastore.md
# trivy:ignore:aws-rds-enable-iam-auth: iam_login decides; where logins rotate, a second way in would have to be guarded as well.
resource "aws_db_instance" "this" {
  # checkov:skip=CKV_AWS_161: iam_login decides; where logins are in Secrets Manager and rotate, a second way in would have to be guarded as well.
  identifier                 = var.name
  engine                     = "postgres"
  engine_version             = "15"
  auto_minor_version_upgrade = true
  instance_class             = var.instance_class
  multi_az                   = true

  db_name  = var.database_name
  username = var.master_username
  # RDS makes, keeps and rotates the password; Terraform never sees it.
  manage_master_user_password   = true
  master_user_secret_kms_key_id = var.secrets_key_arn

  storage_type          = "gp3"
  allocated_storage     = 20
  max_allocated_storage = 200
  storage_encrypted     = true
  kms_key_id            = var.database_key_arn

  db_subnet_group_name                = aws_db_subnet_group.this.name
  vpc_security_group_ids              = [var.security_group_id]
  publicly_accessible                 = false
  port                                = 5432
  ca_cert_identifier                  = "rds-ca-rsa2048-g1"
  iam_database_authentication_enabled = var.iam_login
  parameter_group_name                = aws_db_parameter_group.this.name

  backup_retention_period   = var.backup_days
  delete_automated_backups  = false
  copy_tags_to_snapshot     = true
  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = false
  final_snapshot_identifier = "${var.name}-final"

  enabled_cloudwatch_logs_exports       = ["postgresql", "upgrade"]
  performance_insights_enabled          = true
  performance_insights_kms_key_id       = var.database_key_arn
  performance_insights_retention_period = 7
  monitoring_interval                   = 60
  monitoring_role_arn                   = aws_iam_role.monitoring.arn

  depends_on = [aws_cloudwatch_log_group.export]
}

resource "aws_db_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnet_ids
}

resource "aws_db_parameter_group" "this" {
  name        = "${var.name}-postgres15"
  family      = "postgres15"
  description = "TLS only, SCRAM only, and a log of who came and what changed"

  parameter {
    name         = "rds.force_ssl"
    value        = "1"
    apply_method = "pending-reboot"
  }

  dynamic "parameter" {
    for_each = {
      "rds.accepted_password_auth_method" = "scram"
      "password_encryption"               = "scram-sha-256"
      "ssl_min_protocol_version"          = "TLSv1.2"
      "log_connections"                   = "1"
      "log_disconnections"                = "1"
      "log_statement"                     = "ddl"
      "log_min_duration_statement"        = "1000"
      # A slow statement's values may be a link's target or a visitor's hash: none of them belongs in a log.
      "log_parameter_max_length"          = "0"
      "log_parameter_max_length_on_error" = "0"
    }

    content {
      name         = parameter.key
      value        = parameter.value
      apply_method = "pending-reboot"
    }
  }
}

resource "aws_cloudwatch_log_group" "export" {
  for_each = toset(["postgresql", "upgrade"])

  name              = "/aws/rds/instance/${var.name}/${each.key}"
  retention_in_days = 365
  kms_key_id        = var.logs_key_arn
}

resource "aws_iam_role" "monitoring" {
  name                 = "${var.name}-database-monitoring"
  description          = "RDS writes its operating-system metrics with it"
  max_session_duration = 3600
  assume_role_policy   = templatefile("${path.module}/policies/monitoring/trust.json", {})
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}

resource "aws_cloudwatch_metric_alarm" "storage" {
  alarm_name          = "${var.name}-database-storage"
  alarm_description   = "Less than 4 GiB of the database's storage is free"
  namespace           = "AWS/RDS"
  metric_name         = "FreeStorageSpace"
  dimensions          = { DBInstanceIdentifier = aws_db_instance.this.identifier }
  statistic           = "Minimum"
  period              = 300
  evaluation_periods  = 2
  comparison_operator = "LessThanThreshold"
  threshold           = 4294967296
  treat_missing_data  = "breaching"
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]
}
