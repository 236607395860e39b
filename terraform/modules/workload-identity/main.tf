resource "aws_iam_role" "irsa" {
  for_each = local.principals

  name                 = "${var.name}-${each.key}-irsa"
  description          = "Assumed by service account ${each.value.namespace}/${each.value.service_account}"
  max_session_duration = var.max_session_seconds
  permissions_boundary = (
    contains(keys(local.workloads), each.key)
    ? aws_iam_policy.workload_boundary.arn
    : aws_iam_policy.controller_boundary[each.key].arn
  )
  assume_role_policy = templatefile("${path.module}/policies/trust.json", {
    oidc_provider_arn = var.oidc_provider_arn
    issuer            = trimprefix(var.oidc_issuer, "https://")
    namespace         = each.value.namespace
    service_account   = each.value.service_account
    vpc_id            = var.vpc_id
  })
}

resource "aws_iam_role_policy" "identity" {
  for_each = local.principals

  name   = "identity"
  role   = aws_iam_role.irsa[each.key].name
  policy = local.identity_policies[each.key]
}

# What no workload may do, whatever is attached to its role later.
resource "aws_iam_policy" "workload_boundary" {
  name        = "${var.name}-workload-boundary"
  description = "Ceiling of the workloads' roles"
  policy      = templatefile("${path.module}/policies/boundary.json", local.policy_values)
}

# A controller's ceiling is its own policy: what is attached later adds nothing.
resource "aws_iam_policy" "controller_boundary" {
  for_each = local.controllers

  name        = "${var.name}-${each.key}-boundary"
  description = "Ceiling of the role of ${each.value.namespace}/${each.value.service_account}"
  policy      = local.identity_policies[each.key]
}
