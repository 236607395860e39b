mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name              = "zero-trust-eks"
  account_id        = "111122223333"
  region            = "eu-central-1"
  cluster_name      = "zero-trust-eks"
  oidc_provider_arn = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/0123"
  oidc_issuer       = "https://oidc.eks.eu-central-1.amazonaws.com/id/0123"
  vpc_id            = "vpc-0123"
  click_queue_arn   = "arn:aws:sqs:eu-central-1:111122223333:zero-trust-eks-clicks"
  pod_log_group_arn = "arn:aws:logs:eu-central-1:111122223333:log-group:/zero-trust-eks/pods"
  repository_arns   = ["arn:aws:ecr:eu-central-1:111122223333:repository/zero-trust-eks/worker"]
  spire = {
    trust_domain       = "zero-trust-eks.example.com"
    database_login_arn = "arn:aws:rds-db:eu-central-1:111122223333:dbuser:db-0123/spire"
  }
  key_arns = {
    clicks  = "arn:aws:kms:eu-central-1:111122223333:key/clicks"
    secrets = "arn:aws:kms:eu-central-1:111122223333:key/secrets"
    signing = "arn:aws:kms:eu-central-1:111122223333:key/signing"
  }
  secret_arns = {
    url_service_database = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:zero-trust-eks/url-service/database-AbCdEf"
    migrate_database     = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:rds!db-0123-AbCdEf"
    first_api_key        = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:zero-trust-eks/first-api-key-AbCdEf"
  }
}

run "guarded" {
  assert {
    condition = alltrue([
      for name, role in aws_iam_role.irsa :
      jsondecode(role.assume_role_policy).Statement[0].Condition == {
        StringEquals = {
          "oidc.eks.eu-central-1.amazonaws.com/id/0123:aud" = "sts.amazonaws.com"
          "oidc.eks.eu-central-1.amazonaws.com/id/0123:sub" = output.subjects[name]
          "aws:SourceVpc"                                   = "vpc-0123"
        }
      } && length(jsondecode(role.assume_role_policy).Statement) == 1
    ])
    error_message = "[irsa-trust] a role is assumed by one subject, for one audience, from one network"
  }

  assert {
    condition     = alltrue([for role in values(aws_iam_role.irsa) : jsondecode(role.assume_role_policy).Statement[0].Principal == { Federated = var.oidc_provider_arn }])
    error_message = "[irsa-issuer] the cluster's issuer alone is trusted"
  }

  assert {
    condition     = length(distinct(values(output.subjects))) == length(output.role_arns)
    error_message = "[irsa-one-each] no two roles share a service account"
  }

  assert {
    condition     = alltrue([for role in values(aws_iam_role.irsa) : length(role.permissions_boundary) > 0])
    error_message = "[irsa-boundary] every role has a boundary"
  }

  assert {
    condition     = alltrue([for role in values(aws_iam_role.irsa) : role.max_session_duration == 3600])
    error_message = "[irsa-session] a session ends within the hour"
  }

  assert {
    condition     = alltrue([for name, policy in aws_iam_policy.controller_boundary : policy.policy == aws_iam_role_policy.identity[name].policy])
    error_message = "[controller-boundary] a controller's boundary is its own policy"
  }

  assert {
    condition     = alltrue([for policy in concat([aws_iam_policy.workload_boundary], values(aws_iam_policy.controller_boundary)) : length(replace(policy.policy, "/\\s/", "")) <= 6144])
    error_message = "[boundary-size] a boundary fits into what IAM takes"
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.identity["spire-server"].policy).Statement :
      try(statement.Condition.StringEquals["kms:KeyUsage"], "") == "SIGN_VERIFY"
      if statement.Effect == "Allow" && length(setintersection(flatten([statement.Action]), ["kms:CreateKey", "kms:Sign", "kms:ScheduleKeyDeletion"])) > 0
    ])
    error_message = "[spire-keys-sign] SPIRE's server makes, uses and removes keys that sign, never a key of data"
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.identity["spire-server"].policy).Statement : statement.Resource
      if statement.Effect == "Deny" && length(setintersection(flatten([statement.Action]), ["kms:Sign", "kms:ScheduleKeyDeletion"])) == 2
    ] == [var.key_arns.signing]
    error_message = "[spire-not-releases] SPIRE's server neither signs releases nor removes the key that does"
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.identity["spire-server"].policy).Statement : statement.Resource
      if statement.Sid == "NameItsKeys"
    ] == ["arn:aws:kms:eu-central-1:111122223333:alias/SPIRE_SERVER/zero-trust-eks_example_com/*"]
    error_message = "[spire-aliases] SPIRE's server names the keys of its own trust domain"
  }
}

run "refuses_an_issuer_that_no_token_has" {
  command = plan
  variables { oidc_issuer = "oidc.eks.eu-central-1.amazonaws.com/id/0123" }
  expect_failures = [var.oidc_issuer]
}

run "refuses_trust_from_anywhere" {
  command = plan
  variables { vpc_id = "*" }
  expect_failures = [var.vpc_id]
}

run "refuses_long_sessions" {
  command = plan
  variables { max_session_seconds = 43200 }
  expect_failures = [var.max_session_seconds]
}

run "refuses_any_login_for_spire" {
  command = plan
  variables { spire = { trust_domain = "example.com", database_login_arn = "arn:aws:rds-db:eu-central-1:111122223333:dbuser:*/spire" } }
  expect_failures = [var.spire]
}
