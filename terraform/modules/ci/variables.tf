variable "name" {
  description = "Prefix of the role."
  type        = string
}

variable "repository" {
  description = "The GitHub repository that publishes, owner/name."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "repository must be one repository as owner/name, without wildcards."
  }
}

variable "ref" {
  description = "The only ref that may publish."
  type        = string
  default     = "refs/heads/main"

  validation {
    condition     = can(regex("^refs/(heads|tags)/[A-Za-z0-9._/-]+$", var.ref))
    error_message = "ref must be one full ref, such as refs/heads/main, without wildcards."
  }
}

variable "environment" {
  description = "The only GitHub environment that may publish; its reviewers approve a release."
  type        = string
  default     = "release"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]+$", var.environment))
    error_message = "environment must be one environment's name, without wildcards."
  }
}

variable "repository_arns" {
  description = "Repositories of the registry to which it may push."
  type        = list(string)
}

variable "signing_key_arn" {
  description = "Key with which it signs digests."
  type        = string
}
