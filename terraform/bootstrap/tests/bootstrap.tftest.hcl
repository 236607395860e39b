mock_provider "aws" {
  source = "../mocks"
}

variables {
  account_id        = "111122223333"
  deployer_role_arn = "arn:aws:iam::111122223333:role/deployer"
}

run "guarded" {
  # Planned only: what forbids the bucket's destruction would also keep the test from cleaning up.
  command = plan

  assert {
    condition     = aws_kms_key.state.enable_key_rotation
    error_message = "[state-key-rotation] the state's key rotates"
  }

  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.state.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms"
    error_message = "[state-encryption] the state is encrypted with its key"
  }

  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled"
    error_message = "[state-versions] an earlier state can be had back"
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.state.block_public_acls,
      aws_s3_bucket_public_access_block.state.block_public_policy,
      aws_s3_bucket_public_access_block.state.ignore_public_acls,
      aws_s3_bucket_public_access_block.state.restrict_public_buckets,
    ])
    error_message = "[state-private] the state is never public"
  }

  assert {
    condition     = !aws_s3_bucket.state.force_destroy
    error_message = "[state-kept] a bucket with a state in it is not removed"
  }
}

run "refuses_another_account" {
  command = plan
  variables { account_id = "production" }
  expect_failures = [var.account_id]
}

run "refuses_a_user_as_deployer" {
  command = plan
  variables { deployer_role_arn = "arn:aws:iam::111122223333:user/somebody" }
  expect_failures = [var.deployer_role_arn]
}
