output "alarm_topic_arn" {
  description = "Where every alarm goes."
  value       = aws_sns_topic.alarms.arn
}

output "trail_arn" {
  description = "The trail."
  value       = local.trail_arn
}
