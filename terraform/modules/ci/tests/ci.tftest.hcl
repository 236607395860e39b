mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name            = "zero-trust-eks"
  repository      = "example/zero-trust-eks"
  repository_arns = ["arn:aws:ecr:eu-central-1:111122223333:repository/zero-trust-eks/worker"]
  signing_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/signing"
}

run "guarded" {
  assert {
    condition     = aws_iam_openid_connect_provider.github.client_id_list == toset(["sts.amazonaws.com"]) && aws_iam_openid_connect_provider.github.url == "https://token.actions.githubusercontent.com"
    error_message = "[publisher-provider] GitHub's issuer is trusted for one audience"
  }

  assert {
    condition = jsondecode(aws_iam_role.publisher.assume_role_policy).Statement[0].Condition == {
      StringEquals = {
        "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
        "token.actions.githubusercontent.com:sub" = "repo:example/zero-trust-eks:ref:refs/heads/main:environment:release"
      }
    }
    error_message = "[publisher-trust] one ref of one repository in one environment publishes"
  }

  assert {
    condition     = output.subject == "repo:example/zero-trust-eks:ref:refs/heads/main:environment:release"
    error_message = "[publisher-subject] the watched subject is the trusted one"
  }

  assert {
    condition     = aws_iam_role.publisher.permissions_boundary == aws_iam_policy.boundary.arn && aws_iam_policy.boundary.policy == aws_iam_role_policy.identity.policy
    error_message = "[publisher-boundary] the publisher's boundary is its own policy"
  }

  assert {
    condition     = aws_iam_role.publisher.max_session_duration == 3600
    error_message = "[publisher-session] a session ends within the hour"
  }
}

run "refuses_every_repository_of_an_owner" {
  command = plan
  variables { repository = "example/*" }
  expect_failures = [var.repository]
}

run "refuses_every_branch" {
  command = plan
  variables { ref = "refs/heads/*" }
  expect_failures = [var.ref]
}

run "refuses_every_environment" {
  command = plan
  variables { environment = "*" }
  expect_failures = [var.environment]
}
