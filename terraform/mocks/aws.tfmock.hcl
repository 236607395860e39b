# What AWS would answer, for the tests of the modules: identifiers in their real shape.
mock_resource "aws_kms_key" {
  defaults = { id = "00000000-0000-4000-8000-000000000000", arn = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000000" }
}

mock_resource "aws_iam_role" {
  defaults = { arn = "arn:aws:iam::111122223333:role/mock" }
}

mock_resource "aws_iam_policy" {
  defaults = { arn = "arn:aws:iam::111122223333:policy/mock" }
}

mock_resource "aws_iam_openid_connect_provider" {
  defaults = { arn = "arn:aws:iam::111122223333:oidc-provider/mock" }
}

mock_resource "aws_sqs_queue" {
  defaults = { id = "https://sqs.eu-central-1.amazonaws.com/111122223333/mock", arn = "arn:aws:sqs:eu-central-1:111122223333:mock" }
}

mock_resource "aws_sns_topic" {
  defaults = { arn = "arn:aws:sns:eu-central-1:111122223333:mock" }
}

mock_resource "aws_secretsmanager_secret" {
  defaults = { arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:mock-AbCdEf" }
}

mock_resource "aws_cloudwatch_log_group" {
  defaults = { arn = "arn:aws:logs:eu-central-1:111122223333:log-group:mock" }
}

mock_resource "aws_lambda_function" {
  defaults = { arn = "arn:aws:lambda:eu-central-1:111122223333:function:mock" }
}

mock_resource "aws_ecr_repository" {
  defaults = {
    arn            = "arn:aws:ecr:eu-central-1:111122223333:repository/mock"
    repository_url = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/mock"
  }
}

mock_resource "aws_s3_bucket" {
  defaults = { arn = "arn:aws:s3:::mock" }
}

mock_resource "aws_vpc" {
  defaults = { id = "vpc-0mock" }
}

mock_resource "aws_subnet" {
  defaults = { id = "subnet-0mock" }
}

mock_resource "aws_security_group" {
  defaults = { id = "sg-0mock" }
}

mock_resource "aws_vpc_endpoint" {
  defaults = { id = "vpce-0mock", prefix_list_id = "pl-0mock" }
}

mock_resource "aws_launch_template" {
  defaults = { id = "lt-0mock", latest_version = 1 }
}

mock_resource "aws_eks_cluster" {
  defaults = {
    arn        = "arn:aws:eks:eu-central-1:111122223333:cluster/mock"
    identity   = [{ oidc = [{ issuer = "https://oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF" }] }]
    vpc_config = [{ cluster_security_group_id = "sg-0control" }]
  }
}

mock_resource "aws_db_instance" {
  defaults = {
    resource_id        = "db-MOCK"
    address            = "mock.abcdefgh.eu-central-1.rds.amazonaws.com"
    master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:rds!db-mock-AbCdEf" }]
  }
}
