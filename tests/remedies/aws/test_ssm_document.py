"""The read-only document: what its script prints is what the console reads."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from console.aws.reading import PARTLY, Service, Silent, Worker, parsed
from console.commands.init import shipped
from console.poll import Failed

REDIS = r"""#!/bin/sh
url=$2; shift 3
case "$url $*" in
  *down*) exit 1 ;;
  *INFO) printf 'run_id:%040d\r\nuptime_in_seconds:86400\r\nused_memory:1946000000\r\n' 7 ;;
  *"SMEMBERS queues") printf 'default\nwith space\n"; rm -rf /\n' ;;
  *"SCARD queues") echo 3 ;;
  *"LLEN queue:default") echo 150 ;;
  *"LLEN queue:with space") echo 62 ;;
  *LLEN*) echo 0 ;;
  *"LINDEX queue:default -1") echo '{"class":"Mail","enqueued_at":1700000000.123}' ;;
  *"LINDEX queue:with space -1") echo '{"class":"Mail","enqueued_at":1700000000123}' ;;
  *"SMEMBERS processes") printf 'web:1:a\nweb:2:gone\n' ;;
  *"SCARD processes") echo 2 ;;
  *"HGET web:1:a info") echo '{"tag":"permits","queues":["default","mail\\"ers"],"pid":1}' ;;
  *"HGET web:1:a busy") echo 3 ;;
  *HGET*) ;;
  *"ZCARD retry") echo 8 ;;
  *ZCARD*) echo 0 ;;
  *) echo "ERR what" ;;
esac
"""
SYSTEMCTL = r"""#!/bin/sh
printf 'Id=crond.service\nLoadState=loaded\nActiveState=inactive\nNRestarts=0\n\n'
printf 'Id=cron.service\nLoadState=not-found\nActiveState=inactive\nNRestarts=0\n\n'
printf 'Id=puma@a"b.service\nLoadState=loaded\nActiveState=active\nNRestarts=4\n'
"""
JOURNALCTL = r"""#!/bin/sh
case "$*" in
  *-k*) echo 'Out of memory: Killed process 4711 (puma) total-vm:9' ;;
  *) killed='PumaWorkerKiller: Out of memory. 3 workers consuming total:'
     printf "$killed 900 mb out of max: 506.88 mb\n$killed 901 mb out of max: 506.88 mb\n" ;;
esac
"""
DF = r"""#!/bin/sh
echo 'Filesystem 1024-blocks Used Available Capacity Mounted on'
case "$1" in
  -Pi) echo "/dev/x 100 31 69 31% $2" ;;
  *) printf '/dev/x 1000000 930000 70000 93%% /\n/dev/y 1000 100 900 10%% /with"quote\n' ;;
esac
"""
DU = """#!/bin/sh
printf '900\t/var/www/log/access.log.json\n400\t/var/back"ups\n'
"""
STUBS = {"redis-cli": REDIS, "systemctl": SYSTEMCTL, "journalctl": JOURNALCTL, "df": DF, "du": DU}
URLS = (
    "# what the applications of this machine use\n"
    "rediss://:pass@sakai-prod-redis.abc.0001.apne1.cache.amazonaws.com:6379/3 permits\n"
    "redis://down:1"
)
SAKAI = "sakai-prod-redis.abc.0001.apne1.cache.amazonaws.com"
NOT_A_READING = [
    *("", "{}", "[]", "null", '{"boot_id": "x", "uptime_s": 1, "redis": []}'),
    '{"boot_id": "00000000-0000-0000-0000-000000000000", "uptime_s": "soon", "redis": []}',
    '{"boot_id": "00000000-0000-0000-0000-000000000000", "uptime_s": 1, "redis": [{}]}',
    '{"v": 2, "boot_id": "00000000-0000-0000-0000-000000000000", "uptime_s": 1, "redis": []}',
    '{"v": 4, "boot_id": "00000000-0000-0000-0000-000000000000", "uptime_s": 1, "redis": []}',
    '{"boot_id": "00000000-0000-0000-0000-000000000000", "uptime_s": 1e999, "redis": []}',
    "[" * 20_000,
]


def script() -> str:
    document = yaml.safe_load((shipped() / "ssm" / "oncall-read.yaml").read_text(encoding="utf-8"))
    (text,) = document["mainSteps"][0]["inputs"]["runCommand"]
    assert isinstance(text, str)
    return text


def printed(directory: Path, stubs: Mapping[str, str]) -> str:
    """What the script prints on this machine, with these commands in the place of its own."""
    bin = directory / "bin"
    bin.mkdir()
    (directory / "urls").write_text(URLS)
    for name, text in stubs.items():
        (bin / name).write_text(text)
        (bin / name).chmod(0o700)
    run = script().replace("/etc/oncall-read.urls", str(directory / "urls"))
    environment = os.environ | {"PATH": f"{bin}:{os.environ['PATH']}"}
    before = sorted(directory.rglob("*"))
    out = subprocess.run(
        ["sh", "-c", run], capture_output=True, text=True, env=environment, cwd=directory
    )
    assert sorted(directory.rglob("*")) == before, "it writes nothing"
    assert not out.stderr and out.stdout.count("\n") == 1, out.stderr
    return out.stdout


def test_the_script_prints_one_reading(tmp_path: Path) -> None:
    reading = parsed(printed(tmp_path, STUBS))
    assert re.fullmatch(r"[0-9a-f-]{36}", reading.boot_id) and reading.uptime_s >= 0
    (told,) = reading.redis
    assert told.is_of("sakai-prod-redis") and not told.is_of("sakai-stg-redis")
    assert (told.queues, told.waiting, told.retry, told.schedule) == (2, 212, 8, 0)
    assert (told.uptime_s, told.used_mb, told.processes, told.jobs) == (86_400, 1946, 1, 220)
    assert (told.app, told.db) == ("permits", 3)
    assert [one.name for one in told.each] == ["default", "withspace", "rm-rf/"]
    assert [one.oldest_at for one in told.each] == [1_700_000_000, 1_700_000_000, None]
    assert told.workers == (Worker("permits", ("default", "mailers"), 3),)
    assert told.dead == 0
    assert reading.silent == (Silent("down"),)


def test_it_tells_of_the_machine_itself_and_no_name_breaks_its_json(tmp_path: Path) -> None:
    inside = parsed(printed(tmp_path, STUBS)).inside
    assert inside is not None
    assert [(one.mount, one.used_pct, one.inodes_pct) for one in inside.disks] == [
        ("/", 93, 31),
        ("/withquote", 10, 31),
    ]
    assert inside.units == (
        Service("crond.service", "inactive", 0),
        Service("puma@ab.service", "active", 4),
    )
    assert (inside.oom, inside.oom_last, inside.killed) == (1, "puma", 2)
    assert inside.killer_limit_mb == 506
    assert inside.largest == (("/var/www/log/access.log.json", 900), ("/var/backups", 400))
    assert inside.cpus and inside.mem_mb and inside.load[0] is not None


def test_what_cannot_be_read_is_null_and_never_nought(tmp_path: Path) -> None:
    broken = dict.fromkeys(("journalctl", "df", "redis-cli", "find", "ps"), "#!/bin/sh\nexit 1\n")
    reading = parsed(printed(tmp_path, broken))
    inside = reading.inside
    assert inside is not None
    assert (inside.oom, inside.killed, inside.disks, inside.killer_ram_mb) == (None, None, (), None)
    assert (inside.puma_mb, inside.deleted_mb) == (None, None)
    assert not reading.redis
    assert reading.silent == (Silent(SAKAI, "permits", 3), Silent("down"))


HALVES = [
    ("no list of queues", r"""*"SMEMBERS queues") exit 124 ;;"""),
    ("an error in the place of a list", r"""*"SMEMBERS queues") echo "NOAUTH who are you" ;;"""),
    ("fewer queues than there are", r"""*"SCARD queues") echo 4 ;;"""),
    ("more than are read", r"""*"SMEMBERS queues") seq 60 ;; *"SCARD queues") echo 60 ;;"""),
    ("no list of processes", r"""*"SMEMBERS processes") exit 124 ;;"""),
    ("a process that does not come", r"""*"HGET web:1:a info") exit 124 ;;"""),
    ("no length", r"""*"LLEN queue:default") exit 124 ;;"""),
    ("no retries", r"""*"ZCARD retry") exit 124 ;;"""),
]


@pytest.mark.parametrize(("what", "fault"), HALVES, ids=[one[0] for one in HALVES])
def test_a_redis_that_tells_half_of_its_jobs_tells_none(
    tmp_path: Path, what: str, fault: str
) -> None:
    begun = 'case "$url $*" in\n'
    broken = REDIS.replace(begun, f"{begun}  {fault}\n")
    reading = parsed(printed(tmp_path, STUBS | {"redis-cli": broken}))
    assert not reading.redis
    assert reading.silent[0] == Silent(SAKAI, "permits", 3, PARTLY)


def test_a_redis_that_takes_no_connection_is_asked_once(tmp_path: Path) -> None:
    asked = 'echo "$2" >>"$ONCALL_TEST_CALLS"'
    with pytest.MonkeyPatch.context() as patch:
        calls = tmp_path.parent / f"{tmp_path.name}-calls"
        patch.setenv("ONCALL_TEST_CALLS", str(calls))
        broken = REDIS.replace("url=$2", f"{asked}; url=$2")
        parsed(printed(tmp_path, STUBS | {"redis-cli": broken}))
        assert calls.read_text().split().count("redis://down:1") == 1


def test_all_of_it_is_over_before_its_time_is_up(tmp_path: Path) -> None:
    """Each look at the clock costs two seconds here."""
    kept = tmp_path.parent / f"{tmp_path.name}-kept"
    kept.mkdir()
    (kept / "now").write_text("1000")
    slow = f"#!/bin/sh\nn=$(cat {kept}/now)\necho $((n + 2)) | tee {kept}/now\n"
    real = f'#!/bin/sh\necho "$(cat {kept}/now) $1" >>{kept}/asked\nshift\nexec "$@"\n'
    reading = parsed(printed(tmp_path, STUBS | {"date": slow, "timeout": real}))
    asked = [tuple(map(int, line.split())) for line in (kept / "asked").read_text().splitlines()]
    assert asked and max(at + most for at, most in asked) <= 1002 + 35
    assert any(most < 5 for _, most in asked), "its last is cut"
    assert reading.uptime_s >= 0 and not reading.redis, "what was not asked is not known"


def test_units_that_cannot_be_read_are_not_none(tmp_path: Path) -> None:
    inside = parsed(printed(tmp_path, STUBS | {"systemctl": "#!/bin/sh\nexit 1\n"})).inside
    assert inside is not None and inside.units is None


def test_the_script_redirects_into_nothing_but_the_void() -> None:
    targets = re.findall(r"\d?>{1,2}\s*([^\s;)\"]+)", script())
    figures = {"=", "85"}  # awk compares
    assert set(targets) - figures == {"/dev/null", "&1"}
    assert not re.search(r"\b(rm|mv|tee|truncate|dd|install|cp)\b", script())


def test_version_1_is_still_read(tmp_path: Path) -> None:
    old = {"boot_id": "0" * 32, "uptime_s": 9, "redis": []}
    redis = {"host": "a.b", "run_id": "1" * 40, "uptime_s": 1, "used_mb": 1, "retry": 1}
    redis |= {"schedule": 0, "dead": 0, "processes": 2, "queues": {"0": 5, "1": 0}}
    reading = parsed(json.dumps(old | {"redis": [redis]}))
    assert reading.inside is None
    (told,) = reading.redis
    assert (told.queues, told.waiting, told.processes, told.jobs) == (1, 5, 2, 6)


@pytest.mark.parametrize("text", NOT_A_READING, ids=range(len(NOT_A_READING)))
def test_anything_else_is_no_reading(text: str) -> None:
    with pytest.raises(Failed, match="printed something else"):
        parsed(text)


def test_an_answer_that_ssm_cut_off_is_told_as_such() -> None:
    with pytest.raises(Failed, match="printed more than the 24,000 characters that SSM keeps"):
        parsed("[" * 24_000)
