variable "name" {
  description = "Prefix of everything in the network."
  type        = string
}

variable "account_id" {
  description = "The only account whose principals the endpoints serve."
  type        = string
}

variable "region" {
  description = "Region of the endpoints' services."
  type        = string
}

variable "cluster_name" {
  description = "Cluster for which the load-balancer controller finds the subnets of load balancers."
  type        = string
}

variable "cidr" {
  description = "Addresses of the VPC."
  type        = string
  default     = "10.0.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.cidr)) && endswith(var.cidr, "/16")
    error_message = "cidr must be an IPv4 /16: the tiers' subnets are cut from it by fixed numbers."
  }
}

variable "zones" {
  description = "Availability zones, three of them."
  type        = list(string)

  validation {
    condition     = length(distinct(var.zones)) == 3
    error_message = "zones must be three different availability zones: with fewer, losing one loses the quorum of replicas."
  }
}

variable "nat_gateway" {
  description = "Whether nodes reach the internet. The system does not need it: everything comes through endpoints and the own registry."
  type        = bool
  default     = false
}

variable "client_cidrs" {
  description = "From where people may come: the load balancer's only ingress. Empty: from nowhere. The whole internet is an explicit choice."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for cidr in var.client_cidrs : can(cidrhost(cidr, 0))])
    error_message = "client_cidrs must be CIDR blocks."
  }
}

variable "logs_key_arn" {
  description = "Key of the flow logs."
  type        = string
}

variable "web_identity_role_arns" {
  description = "The only roles for which a token can be exchanged through the STS endpoint."
  type        = list(string)

  validation {
    condition     = length(var.web_identity_role_arns) > 0 && alltrue([for arn in var.web_identity_role_arns : !strcontains(arn, "*")])
    error_message = "web_identity_role_arns must name roles exactly: the caller of AssumeRoleWithWebIdentity is not yet anybody."
  }
}

variable "click_queue_arn" {
  description = "The only queue behind the SQS endpoint."
  type        = string
}

variable "secret_arns" {
  description = "The only secrets behind the Secrets Manager endpoint."
  type        = list(string)
}

variable "signing_key_arn" {
  description = "The only key behind the KMS endpoint: admission reads its public half."
  type        = string
}

variable "pod_log_group_arn" {
  description = "The only log group behind the endpoint of CloudWatch Logs."
  type        = string
}

variable "writer_role_arns" {
  description = "Who stands alone behind a statement of an endpoint: fluent-bit writes logs, SPIRE's server makes keys."
  type        = object({ fluent-bit = string, spire-server = string })

  validation {
    condition     = alltrue([for arn in values(var.writer_role_arns) : can(regex("^arn:aws:iam::[0-9]{12}:role/[^*]+$", arn))])
    error_message = "writer_role_arns must be ARNs of single roles: an endpoint that admits more makes keys and logs for everybody."
  }
}

variable "repository_arns" {
  description = "Repositories from which nodes may pull, those of EKS included."
  type        = list(string)
}
