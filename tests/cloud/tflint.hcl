# tflint of tests/cloud: every rule of both rule sets, none switched off.
config {
  # Modules are looked at one by one, not as called from production.
  call_module_type = "none"
}

plugin "terraform" {
  enabled = true
  preset  = "all"
}

# Values that AWS would refuse at the apply: instance types, engine versions, names. No call to AWS: deep checking is off.
plugin "aws" {
  enabled = true
}
