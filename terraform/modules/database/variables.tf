variable "name" {
  description = "Prefix of the instance."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets in at least two zones."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids must hold at least two subnets: the standby lives in another zone."
  }
}

variable "security_group_id" {
  description = "The group that admits url-service, migrate and the rotation function."
  type        = string
}

variable "database_key_arn" {
  description = "Key of the storage, the backups and the performance data."
  type        = string
}

variable "secrets_key_arn" {
  description = "Key of the secret in which RDS keeps the master login."
  type        = string
}

variable "logs_key_arn" {
  description = "Key of the exported logs."
  type        = string
}

variable "alarm_topic_arn" {
  description = "Where alarms go."
  type        = string
}

variable "database_name" {
  description = "Name of the database that is made with the instance."
  type        = string
  default     = "zero_trust_eks"
}

variable "master_username" {
  description = "The login that RDS makes, and whose password it keeps."
  type        = string
  default     = "migrator"

  validation {
    condition     = can(regex("^[a-z_]+$", var.master_username)) && !contains(["postgres", "admin", "rdsadmin"], var.master_username)
    error_message = "master_username must be a name of its own, in lower case: postgres and admin are the first that are tried."
  }
}

variable "iam_login" {
  description = "Whether a role of IAM may log in, where the database grants it rds_iam. Either passwords that rotate or this, not both."
  type        = bool
  default     = false
}

variable "instance_class" {
  description = "Size of the instance and its standby."
  type        = string
  default     = "db.t4g.medium"
}

variable "backup_days" {
  description = "Days to which the database can be restored, to the second."
  type        = number
  default     = 35

  validation {
    condition     = var.backup_days >= 7 && var.backup_days <= 35
    error_message = "backup_days must be 7 to 35: an error found a week later must still be undone."
  }
}

variable "deletion_protection" {
  description = "Whether RDS refuses to delete the instance. False only while tearing everything down."
  type        = bool
  default     = true
}
