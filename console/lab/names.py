"""The names of the scenarios, for whoever parses a command line: nothing else is imported."""

from __future__ import annotations

NAMES = (
    *("quiet", "load-sakai", "memory-signaling", "broker-down"),
    *("msk-maintenance", "msk-maintenance-hard", "coordinator-fault", "two-brokers-down"),
    *("maintenance-never-ends", "disk-mediator-crow"),
    *("disk-mediator-crow-96", "alarms-stuck", "push-lag", "log-collectors-down"),
    *("camunda-offre", "cegedev", "qr-code", "disk-full-site", "slow-order-page"),
    "alarm-flow-broken",
    "orders-lost",
    "known-errors",
    "sidekiq-no-workers",
    *("ita-upgrade", "ita-lying"),
    *("load-watch", "scale-up-report"),
    *("last-target", "no-target"),
)
