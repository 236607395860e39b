# The certificate of the public name. ACM renews it as long as its validation records are there.
resource "aws_acm_certificate" "public" {
  domain_name       = var.host
  validation_method = "DNS"
  key_algorithm     = "EC_prime256v1"

  options {
    certificate_transparency_logging_preference = "ENABLED"
  }

  lifecycle {
    create_before_destroy = true
  }
}

# One name has one option.
locals {
  validation = one(aws_acm_certificate.public.domain_validation_options)
}

resource "aws_route53_record" "validation" {
  zone_id = var.zone_id
  name    = local.validation.resource_record_name
  type    = local.validation.resource_record_type
  records = [local.validation.resource_record_value]
  ttl     = 300
}

# Whoever needs the certificate waits until it is issued.
resource "aws_acm_certificate_validation" "public" {
  certificate_arn         = aws_acm_certificate.public.arn
  validation_record_fqdns = [aws_route53_record.validation.fqdn]
}

# No other authority may issue for the name: https://docs.aws.amazon.com/acm/latest/userguide/setup-caa.html
resource "aws_route53_record" "authorities" {
  zone_id = var.zone_id
  name    = var.host
  type    = "CAA"
  records = ["0 issue \"amazon.com\"", "0 issuewild \";\""]
  ttl     = 300
}

# The load balancer is made by its controller, after everything here; until it is named there is no record.
resource "aws_route53_record" "load_balancer" {
  count = var.load_balancer == null ? 0 : 1

  zone_id = var.zone_id
  name    = var.host
  type    = "A"

  alias {
    name                   = var.load_balancer.dns_name
    zone_id                = var.load_balancer.zone_id
    evaluate_target_health = true
  }
}

resource "aws_cloudwatch_metric_alarm" "expiry" {
  alarm_name          = "${var.name}-certificate-expires"
  alarm_description   = "The certificate of ${var.host} ends within thirty days: ACM could not renew it, look at its validation record"
  namespace           = "AWS/CertificateManager"
  metric_name         = "DaysToExpiry"
  dimensions          = { CertificateArn = aws_acm_certificate.public.arn }
  statistic           = "Minimum"
  period              = 86400
  evaluation_periods  = 1
  comparison_operator = "LessThanThreshold"
  threshold           = 30
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
}
