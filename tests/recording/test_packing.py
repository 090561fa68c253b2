"""What follows a whole frame is small, and read again with two looks at the most."""

from __future__ import annotations

from pathlib import Path
from random import Random

from console.model import Board
from console.recording.file import unpack
from console.recording.writer import LONGEST, Stream
from tests.recording.equal import newest, with_frames
from tests.recording.shift import Ticking, recorder, snapshot


def told(random: Random, about: str) -> bytes:
    """Rows of which a few values move; `about` is what they all say."""
    rows = [f'{{"name":"{n}","about":"{about}{n}","lag":{random.random()}}}' for n in range(60)]
    return ",".join(rows).encode()


def test_a_frame_unlike_the_whole_one_is_not_what_a_day_is_told_against() -> None:
    """The first look, before anything answered, says other things than every later one."""
    random, stream = Random(1), Stream(1)
    frames = [
        told(random, "no answer yet from "),
        *(told(random, "well, it is ") for _ in range(300)),
    ]
    packed = [stream.pack(number, frame) for number, frame in enumerate(frames)]
    whole = {number: unpack(body) for number, (base, body) in enumerate(packed) if base == number}
    assert len(whole) > 1
    for number, (base, body) in enumerate(packed):
        assert unpack(body, None if base == number else whole[base]) == frames[number]
    for base in whole:
        after = sum(len(body) for at, (of, body) in enumerate(packed) if of == base != at)
        assert after <= LONGEST * len(packed[base][1])


async def test_a_part_that_is_derived_again_and_stays_the_same_takes_no_room(
    tmp_path: Path,
) -> None:
    now = Ticking()
    it, seen = recorder(tmp_path, now), now.at
    for number in range(6):
        now.pass_(5)
        it.see(Board().with_(snapshot("orders", seen, Random(number // 3))))
    await it.flush()
    await it.close()
    recording = newest(tmp_path)
    assert len(recording) == 6
    assert [recording.board(at) == recording.board(0) for at in range(6)] == [True] * 3 + [
        False
    ] * 3
    assert len(with_frames(recording.path)) == 2
    recording.close()


async def test_what_stays_the_same_for_long_is_there_once_a_minute(tmp_path: Path) -> None:
    now = Ticking()
    it, seen = recorder(tmp_path, now), now.at
    for _ in range(60):
        now.pass_(5)
        it.see(Board().with_(snapshot("orders", seen, Random(0))))
    await it.flush()
    await it.close()
    recording = newest(tmp_path)
    assert len(with_frames(recording.path)) == 5
    recording.close()
