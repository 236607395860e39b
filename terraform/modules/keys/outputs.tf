output "arns" {
  description = "Key ARNs by data class."
  value = merge(
    { for class, key in aws_kms_key.data : class => key.arn },
    { signing = aws_kms_key.signing.arn },
  )
}
