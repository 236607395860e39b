variable "name" {
  description = "Prefix of the trail, its bucket and the alarms."
  type        = string
}

variable "account_id" {
  description = "Account that is watched."
  type        = string
}

variable "region" {
  description = "Region of the trail; it records all of them."
  type        = string
}

variable "logs_key_arn" {
  description = "Key of the trail's files, its log group and the alarm topic."
  type        = string
}

variable "alarm_email" {
  description = "Who is told. The address confirms its subscription once."
  type        = string

  validation {
    condition     = can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", var.alarm_email))
    error_message = "alarm_email must be an address: an alarm that reaches nobody is none."
  }
}

variable "web_identity_subjects" {
  description = "Roles that a token can be exchanged for: the role's ARN, and the one subject expected to do it."
  type        = map(object({ role_arn = string, subject = string }))

  validation {
    condition     = length(var.web_identity_subjects) > 0
    error_message = "web_identity_subjects must not be empty: every exchange would be unexpected."
  }
}

variable "access_denied_threshold" {
  description = "Refused calls within five minutes that are too many."
  type        = number
  default     = 10

  validation {
    condition     = var.access_denied_threshold >= 1 && var.access_denied_threshold <= 100
    error_message = "access_denied_threshold must be 1 to 100: above, a search through the account goes unseen."
  }
}

variable "retention_days" {
  description = "Days for which the trail's files are kept."
  type        = number
  default     = 400

  validation {
    condition     = var.retention_days >= 365
    error_message = "retention_days must be at least 365: attacks are found late."
  }
}

variable "monthly_budget_usd" {
  description = "Cost in US dollars a month of which 80 % forecast and 100 % actual raise an alarm."
  type        = number

  validation {
    condition     = var.monthly_budget_usd > 0
    error_message = "monthly_budget_usd must be above 0."
  }
}
