"""The lab's AWS: one endpoint for every service, driven by botocore's own models."""
