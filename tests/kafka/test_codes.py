"""Kafka's codes as sentences, names of brokers, and where a group's offsets live."""

from __future__ import annotations

import pytest

from console.kafka.codes import MOVED, offsets_partition, say, short


@pytest.mark.parametrize(
    ("group", "partitions", "expected"),
    [
        ("datajs", 50, 35),
        ("dataenricher", 50, 28),
        ("", 50, 0),
        ("polygenelubricants", 50, 0),  # its hash is −2³¹, whose absolute value is negative in Java
        ("監視", 50, 7),
        ("😀", 50, 49),  # two UTF-16 units
    ],
)
def test_a_group_hashes_to_its_partition_as_in_java(
    group: str, partitions: int, expected: int
) -> None:
    assert offsets_partition(group, partitions) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (14, "group datajs: coordinator is loading"),
        (30, "GROUP_AUTHORIZATION_FAILED: the right DescribeGroup is missing on group datajs"),
        (78, "group datajs: has a new leader that does not know its end yet"),
        (999, "group datajs: Kafka error 999"),
    ],
)
def test_a_code_becomes_a_sentence(code: int, expected: str) -> None:
    fault = say(code, "group datajs")
    assert (fault.message, fault.code) == (expected, code)


def test_codes_that_aiokafka_does_not_know_are_retried_too() -> None:
    assert {74, 75, 76, 78} <= MOVED
    assert not {29, 30, 31} & MOVED


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("b-2.prod.abc.c2.kafka.eu-west-3.amazonaws.com", "b-2…:9098"),
        ("10.0.3.17", "10.0.3.17:9098"),
        ("broker.example.org", "broker.example.org:9098"),
        ("fe80::1", "fe80::1:9098"),
    ],
)
def test_a_brokers_long_name_is_cut_for_people(host: str, expected: str) -> None:
    assert short(host, 9098) == expected
