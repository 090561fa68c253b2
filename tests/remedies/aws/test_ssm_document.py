"""The read-only document: what its script prints is what the console reads."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from console.aws.ssm import parsed
from console.commands.init import shipped
from console.poll import Failed

REDIS = r"""#!/bin/sh
url=$2; shift 3
case "$url $*" in
  *down*) exit 1 ;;
  *INFO) printf 'run_id:%040d\r\nuptime_in_seconds:86400\r\nused_memory:1946000000\r\n' 7 ;;
  *"SMEMBERS queues") printf 'default\nwith space\n"; rm -rf /\n' ;;
  *"LLEN queue:default") echo 150 ;;
  *"LLEN queue:with space") echo 62 ;;
  *LLEN*) echo 0 ;;
  *"ZCARD retry") echo 8 ;;
  *"SCARD processes") echo 2 ;;
  *) echo "ERR what" ;;
esac
"""
URLS = "rediss://:pass@sakai-prod-redis.abc.0001.apne1.cache.amazonaws.com:6379/0\nredis://down:1\n"
NOT_A_READING = [
    *("", "{}", "[]", "null", '{"boot_id": "x", "uptime_s": 1, "redis": []}'),
    '{"boot_id": "00000000-0000-0000-0000-000000000000", "uptime_s": "soon", "redis": []}',
    '{"boot_id": "00000000-0000-0000-0000-000000000000", "uptime_s": 1, "redis": [{}]}',
    "[" * 50_000,
]


def test_the_script_prints_one_reading(tmp_path: Path) -> None:
    document = yaml.safe_load((shipped() / "ssm" / "oncall-read.yaml").read_text(encoding="utf-8"))
    (script,) = document["mainSteps"][0]["inputs"]["runCommand"]
    urls, redis = tmp_path / "urls", tmp_path / "redis-cli"
    urls.write_text(URLS)
    redis.write_text(REDIS)
    redis.chmod(0o700)
    script = script.replace("/etc/oncall-read.urls", str(urls))
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    out = subprocess.run(["sh", "-c", script], capture_output=True, text=True, env=environment)
    reading = parsed("i-1", out.stdout)
    assert re.fullmatch(r"[0-9a-f-]{36}", reading.boot_id) and reading.uptime_s >= 0
    (told,) = reading.redis
    assert told.is_of("sakai-prod-redis") and not told.is_of("sakai-stg-redis")
    assert (told.queues, told.waiting, told.retry, told.schedule) == (2, 212, 8, 0)
    assert (told.uptime_s, told.used_mb, told.processes, told.jobs) == (86_400, 1946, 2, 220)


@pytest.mark.parametrize("text", NOT_A_READING, ids=range(len(NOT_A_READING)))
def test_anything_else_is_no_reading(text: str) -> None:
    with pytest.raises(Failed, match="printed something else"):
        parsed("i-1", text)
