"""Kubernetes: one cluster's API as raw JSON, and how its answers are judged."""

from console.kubernetes.api import KubernetesApi
from console.kubernetes.refusal import Refused

__all__ = ["KubernetesApi", "Refused"]
