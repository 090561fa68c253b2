"""Kubernetes: its answers, its API and the lab's cluster."""
