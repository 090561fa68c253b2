"""Kafka for the lab: real brokers where Java is, a stand-in everywhere."""

import logging

# Brokers come and go here on purpose: what aiokafka warns of is for a log, not for the terminal.
logging.getLogger("aiokafka").addHandler(logging.NullHandler())
