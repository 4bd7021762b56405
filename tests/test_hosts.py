import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from media.hosts import Hosts, HostShutError


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def hosts(clock):
    return Hosts(4, 2, clock)


def fail(hosts, name="dead.test", times=1):
    for _ in range(times):
        with hosts.visit(name) as visit:
            visit.has_answered = False


def answer(hosts, name="dead.test"):
    with hosts.visit(name) as visit:
        visit.has_answered = True


def seconds_until_asked(hosts, name="dead.test"):
    with pytest.raises(HostShutError) as shut, hosts.visit(name):
        pass
    return shut.value.seconds


def test_a_host_that_failed_three_fetches_in_a_row_is_left_alone_for_half_a_minute(hosts, clock):
    fail(hosts, times=3)
    assert seconds_until_asked(hosts) == 30
    clock.now += 20
    assert seconds_until_asked(hosts) == 10
    with hosts.visit("other.test"):
        pass


def test_one_success_between_makes_good(hosts):
    fail(hosts, times=2)
    answer(hosts)
    fail(hosts, times=2)
    answer(hosts)


def test_one_fetch_goes_ahead_when_the_time_is_over_and_decides(hosts, clock):
    fail(hosts, times=3)
    clock.now += 30
    with hosts.visit("dead.test") as probe:
        assert seconds_until_asked(hosts) == 1 and not probe.is_pointless
        probe.has_answered = False
    assert seconds_until_asked(hosts) == 30
    clock.now += 30
    answer(hosts)
    fail(hosts, times=2)
    answer(hosts)


def test_a_fetch_under_way_learns_that_others_found_the_host_dead(hosts):
    with hosts.visit("dead.test") as visit:
        assert not visit.is_pointless
        fail(hosts, times=3)
        assert visit.is_pointless
        with pytest.raises(HostShutError), visit.lane():
            pass
    assert seconds_until_asked(hosts) == 30, "who was turned away has not been answered"


def test_a_probe_that_comes_to_no_verdict_leaves_it_to_the_next(hosts, clock):
    fail(hosts, times=3)
    clock.now += 30
    with hosts.visit("dead.test"):
        pass
    answer(hosts)
    fail(hosts)
    answer(hosts)


def test_whoever_breaks_off_says_nothing_against_the_host(hosts):
    for _ in range(5):
        with pytest.raises(ZeroDivisionError), hosts.visit("fine.test"):
            raise ZeroDivisionError
    with hosts.visit("fine.test"):
        pass


def test_hosts_that_are_well_are_not_remembered_and_of_the_dead_only_so_many(hosts):
    for number in range(1_500):
        with hosts.visit(f"{number}.test"):
            pass
        fail(hosts, f"dead{number}.test")
    assert len(hosts._hosts) == 1_000


def test_a_slow_host_takes_no_lane_from_the_others(hosts):
    """Two lanes each, four in all: five fetches from a host that stalls leave two lanes to others."""
    go_on, inside, lock = threading.Event(), [], threading.Lock()

    def stall():
        with hosts.visit("slow.test") as visit, visit.lane():
            with lock:
                inside.append(1)
            go_on.wait(30)

    with ThreadPoolExecutor(5) as pool:
        for _ in range(5):
            pool.submit(stall)
        while len(inside) < 2:
            assert not go_on.wait(0.01)
        with hosts.visit("a.test") as one, hosts.visit("b.test") as two, one.lane(), two.lane():
            assert len(inside) == 2
        go_on.set()
    assert len(inside) == 5
