# The bucket, its key and the native lock come from backend.hcl, which terraform/bootstrap prints:
# terraform init -backend-config=backend.hcl
terraform {
  backend "s3" {}
}
