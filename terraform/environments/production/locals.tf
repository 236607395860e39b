# Names from which an ARN follows are written down once here, where using the resource would go in a circle:
# endpoints need the roles' ARNs, roles need the cluster's issuer, and nodes need the endpoints.
locals {
  cluster_name    = var.name
  click_queue_arn = "arn:aws:sqs:${var.region}:${var.account_id}:${var.name}-clicks"

  pod_log_group_arn = "arn:aws:logs:${var.region}:${var.account_id}:log-group:/${var.name}/pods"

  web_identity_role_arns = {
    for principal in [
      "url-service", "worker", "migrate", "keda",
      "fluent-bit", "kyverno-admission", "load-balancer-controller", "spire-server", "vpc-cni",
    ] : principal => "arn:aws:iam::${var.account_id}:role/${var.name}-${principal}-irsa"
  }

  repository_arns = values(module.registry.repository_arns)

  # Nodes also pull EKS's own add-ons, from AWS's account.
  pulled_repository_arns = concat(local.repository_arns, [
    "arn:aws:ecr:${var.region}:${var.eks_image_account_id}:repository/eks/*",
    "arn:aws:ecr:${var.region}:${var.eks_image_account_id}:repository/amazon-k8s-cni*",
    "arn:aws:ecr:${var.region}:${var.eks_image_account_id}:repository/amazon/*",
  ])

  secret_arns = {
    url_service_database = module.secrets.arns.url_service_database
    migrate_database     = module.database.master_secret_arn
    first_api_key        = module.secrets.arns.first_api_key
  }
}
