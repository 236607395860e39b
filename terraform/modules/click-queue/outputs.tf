output "arn" {
  description = "The click queue."
  value       = aws_sqs_queue.clicks.arn
}

output "url" {
  description = "The click queue's URL, as the services get it."
  value       = aws_sqs_queue.clicks.id
}

output "dead_letter_arn" {
  description = "The dead-letter queue."
  value       = aws_sqs_queue.dead_letters.arn
}
