"""Kafka: one connection to each broker, the requests that answer "how far behind", and why not."""
