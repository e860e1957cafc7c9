import json
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from mock_partners.testing.worlds.clock import WorldClock

A_SECOND = timedelta(seconds=1)


def days_ahead(clock: WorldClock) -> int:
    wall = clock.wall()
    return (clock.now() - wall).days


def test_every_process_of_a_world_has_the_same_business_time(tmp_path: Path) -> None:
    core, network = WorldClock(tmp_path / "clock.json"), WorldClock(tmp_path / "clock.json")
    core.advance(timedelta(days=31))
    assert abs(network.now() - core.now()) < A_SECOND
    assert days_ahead(network) == 31
    assert network.today() == network.now().date()


def test_protocol_time_stays_where_it_is(tmp_path: Path) -> None:
    clock = WorldClock(tmp_path / "clock.json")
    before = clock.wall()
    clock.advance(timedelta(days=365))
    assert clock.wall() - before < A_SECOND


def test_a_restart_keeps_the_time_and_the_day_the_world_began(tmp_path: Path) -> None:
    first = WorldClock(tmp_path / "clock.json")
    first.advance(timedelta(days=400))
    second = WorldClock(tmp_path / "clock.json")
    assert abs(second.now() - first.now()) < A_SECOND
    assert second.begun_on == first.begun_on == (first.now() - timedelta(days=400)).date()


@pytest.mark.parametrize("step", [timedelta(seconds=-1), timedelta(days=4000)])
def test_business_time_never_runs_backwards_nor_leaps(tmp_path: Path, step: timedelta) -> None:
    clock = WorldClock(tmp_path / "clock.json")
    before = clock.now()
    with pytest.raises(ValueError, match="forward"):
        clock.advance(step)
    assert clock.now() - before < A_SECOND


def test_no_step_is_lost_when_many_move_the_clock_at_once(tmp_path: Path) -> None:
    clocks = [WorldClock(tmp_path / "clock.json") for _ in range(8)]

    def ten_days(clock: WorldClock) -> None:
        for _ in range(10):
            clock.advance(timedelta(days=1))

    threads = [threading.Thread(target=ten_days, args=[clock]) for clock in clocks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert days_ahead(clocks[0]) == 80


def test_a_tester_vouches_for_the_date_that_the_clock_was_moved_to_and_for_no_later_one(
    tmp_path: Path,
) -> None:
    path = tmp_path / "clock.json"
    clock, of_a_demo = WorldClock(path, confirms=False), WorldClock(path)
    clock.advance(timedelta(days=3))
    moved_to, later = clock.today(), clock.today() + timedelta(days=2)
    for each in (clock, WorldClock(path, confirms=False)):
        assert (each.is_confirmed(moved_to), each.is_confirmed(later)) == (True, False)
    assert of_a_demo.is_confirmed(later)
    # A file of a version that did not record it: the day on which the world began.
    kept = json.loads(path.read_text())
    del kept["confirmed_through"]
    path.write_text(json.dumps(kept))
    assert not WorldClock(path, confirms=False).is_confirmed(moved_to)
