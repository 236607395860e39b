locals {
  repositories = setunion(var.images, [for image in var.mirrored_images : "mirror/${image}"])
}

# Immutable without exceptions: signatures and attestations are OCI referrers, which carry no tag.
# docs/decisions/0022-immutable-registry.md
resource "aws_ecr_repository" "image" {
  for_each = local.repositories

  name                 = "${var.name}/${each.key}"
  image_tag_mutability = "IMMUTABLE"
  force_delete         = false

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.key_arn
  }
}

resource "aws_ecr_repository_policy" "image" {
  for_each = local.repositories

  repository = aws_ecr_repository.image[each.key].name
  policy = templatefile("${path.module}/policies/repository.json", {
    publisher_role_arn = var.publisher_role_arn
    reader_role_arns   = concat(var.puller_role_arns, [var.publisher_role_arn])
  })
}

# No rule for untagged images: it would delete signatures. A referrer goes when its subject goes.
resource "aws_ecr_lifecycle_policy" "image" {
  for_each = local.repositories

  repository = aws_ecr_repository.image[each.key].name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Keep the newest ${var.kept_images} releases"
      selection = {
        tagStatus      = "tagged"
        tagPatternList = ["*"]
        countType      = "imageCountMoreThan"
        countNumber    = var.kept_images
      }
      action = { type = "expire" }
    }]
  })
}
