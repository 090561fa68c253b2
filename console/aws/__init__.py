"""Amazon's interfaces: logins, calls, CloudWatch metrics and what they cost."""
