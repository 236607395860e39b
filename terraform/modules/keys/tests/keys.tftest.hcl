mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name              = "zero-trust-eks"
  account_id        = "111122223333"
  region            = "eu-central-1"
  deployer_role_arn = "arn:aws:iam::111122223333:role/deployer"
  trail_arn         = "arn:aws:cloudtrail:eu-central-1:111122223333:trail/zero-trust-eks-trail"
  secret_arns = {
    url_service_database = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:zero-trust-eks/url-service/database-AbCdEf"
    migrate_database     = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:rds!db-0123-AbCdEf"
    first_api_key        = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:zero-trust-eks/first-api-key-AbCdEf"
  }
  role_arns = {
    url-service       = "arn:aws:iam::111122223333:role/zero-trust-eks-url-service-irsa"
    worker            = "arn:aws:iam::111122223333:role/zero-trust-eks-worker-irsa"
    migrate           = "arn:aws:iam::111122223333:role/zero-trust-eks-migrate-irsa"
    rotation          = "arn:aws:iam::111122223333:role/zero-trust-eks-rotation"
    publisher         = "arn:aws:iam::111122223333:role/zero-trust-eks-publisher"
    kyverno-admission = "arn:aws:iam::111122223333:role/zero-trust-eks-kyverno-admission-irsa"
  }
}

run "guarded" {
  assert {
    condition     = toset(keys(output.arns)) == toset(["clicks", "secrets", "database", "registry", "cluster", "logs", "signing"])
    error_message = "[key-classes] there is a key for each data class"
  }

  assert {
    condition     = alltrue([for key in values(aws_kms_key.data) : key.enable_key_rotation])
    error_message = "[key-rotation] every symmetric key rotates, yearly by default"
  }

  assert {
    condition     = alltrue([for key in concat(values(aws_kms_key.data), [aws_kms_key.signing]) : key.deletion_window_in_days == 30])
    error_message = "[key-deletion] a deletion can be undone for thirty days"
  }

  assert {
    condition     = aws_kms_key.signing.key_usage == "SIGN_VERIFY" && aws_kms_key.signing.customer_master_key_spec == "ECC_NIST_P256"
    error_message = "[key-signing] the signing key signs and nothing else"
  }

  assert {
    condition = alltrue(flatten([
      for policy in concat(values(aws_kms_key_policy.data), [aws_kms_key_policy.signing]) : [
        for statement in jsondecode(policy.policy).Statement :
        alltrue([for action in flatten([statement.Action]) : !contains(["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:Sign", "kms:CreateGrant", "kms:*"], action)])
        if try(endswith(statement.Principal.AWS, ":root"), false)
      ]
    ]))
    error_message = "[key-administration] whoever administers a key cannot use it"
  }

  assert {
    condition = alltrue(flatten([
      for class in ["clicks", "secrets", "database", "registry"] : [
        for statement in jsondecode(aws_kms_key_policy.data[class].policy).Statement :
        can(statement.Condition.StringEquals["kms:ViaService"]) if statement.Sid != "AdministerWithoutUsing"
      ]
    ]))
    error_message = "[key-via-service] a key is used through its service alone"
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_kms_key_policy.data["secrets"].policy).Statement :
      can(statement.Condition.StringEquals["kms:EncryptionContext:SecretARN"])
      if !contains(["AdministerWithoutUsing", "LetRdsKeepTheMasterPassword"], statement.Sid)
    ])
    error_message = "[key-own-secret] a role uses the secrets key for its own secrets alone"
  }
}

run "refuses_a_user_as_deployer" {
  command = plan
  variables { deployer_role_arn = "arn:aws:iam::111122223333:user/somebody" }
  expect_failures = [var.deployer_role_arn]
}

run "refuses_a_hasty_deletion" {
  command = plan
  variables { deletion_window_days = 7 }
  expect_failures = [var.deletion_window_days]
}
