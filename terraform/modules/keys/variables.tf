variable "name" {
  description = "Prefix of every alias."
  type        = string
}

variable "account_id" {
  description = "Account that owns the keys."
  type        = string
}

variable "region" {
  description = "Region of the keys and of the services that use them."
  type        = string
}

variable "deployer_role_arn" {
  description = "Role that applies this configuration; AWS services take their grants in its name."
  type        = string

  validation {
    condition     = can(regex("^arn:aws:iam::[0-9]{12}:role/", var.deployer_role_arn))
    error_message = "deployer_role_arn must be the ARN of a role: a user or a whole account must not hold grants."
  }
}

variable "role_arns" {
  description = "Roles that use a key, by principal."
  type = object({
    url-service       = string
    worker            = string
    migrate           = string
    rotation          = string
    publisher         = string
    kyverno-admission = string
  })
}

variable "secret_arns" {
  description = "Secrets by purpose: a role uses the secrets key for its own secrets alone."
  type = object({
    url_service_database = string
    migrate_database     = string
    first_api_key        = string
  })
}

variable "trail_arn" {
  description = "The CloudTrail trail whose log files the logs key encrypts."
  type        = string
}

variable "deletion_window_days" {
  description = "Days between asking for a key's deletion and losing what it encrypts."
  type        = number
  default     = 30

  validation {
    condition     = var.deletion_window_days >= 14 && var.deletion_window_days <= 30
    error_message = "deletion_window_days must be 14 to 30: time to notice a deletion nobody meant."
  }
}
