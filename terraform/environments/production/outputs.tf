# terraform/cluster-config makes the values of kubernetes/overlays/production from this. No value is a secret.
output "cluster_config" {
  description = "What Kubernetes' production overlay has to know, by the overlay's names."
  value = merge(
    {
      AWS_REGION                 = var.region
      TRUST_DOMAIN               = var.trust_domain
      PUBLIC_HOST                = var.public_host
      CERTIFICATE_ARN            = module.dns.certificate_arn
      URL_SERVICE_ROLE_ARN       = module.workload_identity.role_arns["url-service"]
      WORKER_ROLE_ARN            = module.workload_identity.role_arns["worker"]
      MIGRATE_ROLE_ARN           = module.workload_identity.role_arns["migrate"]
      KEDA_ROLE_ARN              = module.workload_identity.role_arns["keda"]
      KYVERNO_ADMISSION_ROLE_ARN = module.workload_identity.role_arns["kyverno-admission"]
      LOAD_BALANCER_ROLE_ARN     = module.workload_identity.role_arns["load-balancer-controller"]
      FLUENT_BIT_ROLE_ARN        = module.workload_identity.role_arns["fluent-bit"]
      SPIRE_SERVER_ROLE_ARN      = module.workload_identity.role_arns["spire-server"]
      SPIRE_DATABASE_HOST        = module.spire_database.host
      POD_LOG_GROUP              = module.cluster.pod_log_group.name
      CLICK_QUEUE_URL            = module.click_queue.url
      DATABASE_HOST              = module.database.host
      MIGRATE_DATABASE_SECRET_ID = module.database.master_secret_arn
      SIGNING_KEY_ARN            = module.keys.arns.signing

      URL_SERVICE_SECURITY_GROUP   = module.network.security_group_ids["url-service"]
      MIGRATE_SECURITY_GROUP       = module.network.security_group_ids["migrate"]
      SPIRE_SERVER_SECURITY_GROUP  = module.network.security_group_ids["spire-server"]
      LOAD_BALANCER_SECURITY_GROUP = module.network.security_group_ids["load-balancer"]
    },
    { for index, cidr in module.network.subnet_cidrs["endpoint"] : "ENDPOINT_SUBNET_${index + 1}" => cidr },
    { for index, cidr in module.network.subnet_cidrs["database"] : "DATABASE_SUBNET_${index + 1}" => cidr },
    { for index, cidr in module.network.subnet_cidrs["load-balancer"] : "LOAD_BALANCER_SUBNET_${index + 1}" => cidr },
  )
}

output "repository_urls" {
  description = "Where images are pushed to and pulled from, by image."
  value       = module.registry.repository_urls
}

output "publisher_role_arn" {
  description = "Role of the release workflow."
  value       = module.ci.publisher_role_arn
}

output "cluster_name" {
  description = "For aws eks update-kubeconfig."
  value       = module.cluster.name
}
