variable "name" {
  description = "Prefix of everything. Kubernetes' manifests name it, too."
  type        = string
  default     = "zero-trust-eks"
}

variable "account_id" {
  description = "The account; any other is refused."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be the account's twelve digits."
  }
}

variable "region" {
  description = "The region of everything."
  type        = string
  default     = "eu-central-1"

  validation {
    condition     = can(regex("^[a-z]{2}-[a-z]+-[0-9]$", var.region))
    error_message = "region must be a region such as eu-central-1."
  }
}

variable "zones" {
  description = "Three availability zones of the region."
  type        = list(string)
  default     = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]

  validation {
    condition     = alltrue([for zone in var.zones : startswith(zone, var.region)])
    error_message = "zones must lie in the region."
  }
}

variable "deployer_role_arn" {
  description = "The role that applies this."
  type        = string
}

variable "administrators" {
  description = "Roles of people with all rights in the cluster, by name."
  type        = map(string)
}

variable "public_access_cidrs" {
  description = "From where the API server can be reached beside the VPC. Empty: from nowhere."
  type        = list(string)
  default     = []
}

variable "client_cidrs" {
  description = "From where people may come to the load balancer. Empty: from nowhere."
  type        = list(string)
  default     = []
}

variable "nat_gateway" {
  description = "Whether nodes reach the internet."
  type        = bool
  default     = false
}

variable "kubernetes_version" {
  description = "Minor version of Kubernetes; tests/cluster runs the same."
  type        = string
  default     = "1.36"
}

variable "node_release_version" {
  description = "Release of Bottlerocket for the nodes."
  type        = string
}

variable "addon_versions" {
  description = "Exact versions of the add-ons."
  type        = object({ vpc-cni = string, coredns = string, kube-proxy = string, metrics-server = string })
}

variable "eks_image_account_id" {
  description = "AWS's account from which EKS's add-ons are pulled in this region."
  type        = string
  default     = "602401143452"
}

variable "mirrored_images" {
  description = "Images of others that the cluster runs, mirrored into the own registry."
  type        = set(string)
  default = [
    "aws-for-fluent-bit",
    "aws-load-balancer-controller",
    "keda",
    "keda-metrics-apiserver",
    "kyverno",
    "kyvernopre",
    "spiffe-csi-driver",
    "spiffe-helper",
    "spire-agent",
    "spire-controller-manager",
    "spire-server",
  ]
}

variable "github_repository" {
  description = "The GitHub repository that publishes images, owner/name."
  type        = string
}

variable "public_host" {
  description = "Name under which people reach the service."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9.-]+\\.[a-z]{2,}$", var.public_host))
    error_message = "public_host must be a host name in lower case, without scheme or path."
  }
}

variable "public_zone_id" {
  description = "The hosted zone of Route 53 in which public_host lies; the certificate is validated there."
  type        = string
}

variable "load_balancer" {
  description = "The load balancer that the controller has made, to which public_host leads. Null until it is there."
  type        = object({ dns_name = string, zone_id = string })
  default     = null
}

variable "trust_domain" {
  description = "SPIFFE trust domain of the cluster."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9._-]+$", var.trust_domain))
    error_message = "trust_domain must be a SPIFFE trust domain: lower-case letters, digits, dot, dash, underscore."
  }
}

variable "alarm_email" {
  description = "Who is told about alarms."
  type        = string
}

variable "monthly_budget_usd" {
  description = "Cost in US dollars a month that raises an alarm."
  type        = number
}

variable "rotation_package" {
  description = "The rotation function's package, as terraform/modules/secrets/rotation/build makes it."
  type        = string
  default     = "generated/rotation.zip"
}

variable "first_apply" {
  description = "True once: leaves out what needs something in the cluster first. terraform/README.md says in which order."
  type        = bool
  default     = false
}

variable "deletion_protection" {
  description = "Whether the database refuses to be deleted. False only while tearing everything down."
  type        = bool
  default     = true
}
