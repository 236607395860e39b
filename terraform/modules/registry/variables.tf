variable "name" {
  description = "Prefix of every repository."
  type        = string
}

variable "images" {
  description = "Images that this system builds."
  type        = set(string)
  default     = ["url-service", "worker", "migrate"]
}

variable "mirrored_images" {
  description = "Images of others that the cluster runs, mirrored because nodes reach no other registry."
  type        = set(string)
}

variable "key_arn" {
  description = "Key that encrypts the images."
  type        = string
}

variable "publisher_role_arn" {
  description = "The only role that may push."
  type        = string
}

variable "puller_role_arns" {
  description = "The roles that may pull."
  type        = list(string)

  validation {
    condition     = length(var.puller_role_arns) > 0 && alltrue([for arn in var.puller_role_arns : !strcontains(arn, "*")])
    error_message = "puller_role_arns must name roles exactly: a wildcard would let any role of the account pull."
  }
}

variable "alarm_topic_arn" {
  description = "Where scan findings go."
  type        = string
}

variable "kept_images" {
  description = "Tagged images to keep per repository."
  type        = number
  default     = 50

  validation {
    condition     = var.kept_images >= 10
    error_message = "kept_images must be at least 10: a rollback needs the image that ran before."
  }
}
