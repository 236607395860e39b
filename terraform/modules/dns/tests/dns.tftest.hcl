mock_provider "aws" {
  source = "../../mocks"
}

override_resource {
  target = aws_acm_certificate.public
  values = {
    arn = "arn:aws:acm:eu-central-1:111122223333:certificate/mock"
    domain_validation_options = [{
      domain_name           = "links.example.com"
      resource_record_name  = "_0123.links.example.com."
      resource_record_type  = "CNAME"
      resource_record_value = "_4567.acm-validations.aws."
    }]
  }
}

variables {
  name            = "zero-trust-eks"
  host            = "links.example.com"
  zone_id         = "Z0123456789ABCDEFGHIJ"
  alarm_topic_arn = "arn:aws:sns:eu-central-1:111122223333:alarms"
  load_balancer   = { dns_name = "k8s-services-0123456789-1234567890.eu-central-1.elb.amazonaws.com", zone_id = "Z215JYRZR1TBD5" }
}

run "guarded" {
  assert {
    condition     = aws_acm_certificate.public.domain_name == var.host && try(length(aws_acm_certificate.public.subject_alternative_names), 0) <= 1
    error_message = "[certificate-one-name] the certificate is for the public name alone"
  }

  assert {
    condition     = aws_acm_certificate.public.validation_method == "DNS" && aws_route53_record.validation.zone_id == var.zone_id && aws_route53_record.validation.name == "_0123.links.example.com."
    error_message = "[certificate-renews] its validation record stays, so that ACM renews it"
  }

  assert {
    condition     = aws_acm_certificate.public.options[0].certificate_transparency_logging_preference == "ENABLED"
    error_message = "[certificate-transparent] that it was issued can be seen by everybody"
  }

  assert {
    condition     = aws_route53_record.authorities.type == "CAA" && aws_route53_record.authorities.records == toset(["0 issue \"amazon.com\"", "0 issuewild \";\""])
    error_message = "[certificate-authority] no other authority may issue for the name"
  }

  assert {
    condition     = aws_route53_record.load_balancer[0].alias[0].name == var.load_balancer.dns_name && aws_route53_record.load_balancer[0].name == var.host
    error_message = "[name-to-load-balancer] the name leads to the load balancer"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.expiry.threshold == 30 && aws_cloudwatch_metric_alarm.expiry.comparison_operator == "LessThanThreshold" && aws_cloudwatch_metric_alarm.expiry.alarm_actions == toset([var.alarm_topic_arn])
    error_message = "[certificate-expiry-alarm] somebody is told a month before it ends"
  }
}

run "before_the_load_balancer" {
  command = plan
  variables { load_balancer = null }

  assert {
    condition     = length(aws_route53_record.load_balancer) == 0
    error_message = "[name-to-nothing] without a load balancer the name leads nowhere"
  }
}

run "refuses_a_wildcard" {
  command = plan
  variables { host = "*.example.com" }
  expect_failures = [var.host]
}

run "refuses_a_zone_by_name" {
  command = plan
  variables { zone_id = "example.com" }
  expect_failures = [var.zone_id]
}

run "refuses_to_lead_elsewhere" {
  command = plan
  variables { load_balancer = { dns_name = "elsewhere.example.org", zone_id = "Z215JYRZR1TBD5" } }
  expect_failures = [var.load_balancer]
}
