import threading

from errors import StoreError
from jobs.keeper import Keeper


def test_chores_are_done_at_the_start_and_again_though_one_fails():
    often, once = threading.Semaphore(0), []

    def failing():
        often.release()
        raise RuntimeError("the store is out of reach")

    keeper = Keeper([(0.01, failing), (3_600, lambda: once.append(1))])
    for _ in range(4):
        assert often.acquire(timeout=30)
    keeper.close()
    assert once == [1]


def test_a_closed_keeper_does_nothing_more():
    done = []
    keeper = Keeper([(0.01, lambda: done.append(1))])
    keeper.close()
    before = len(done)
    assert not threading.Event().wait(0.05) and len(done) == before


def test_a_store_that_is_away_is_one_line_in_the_log(caplog):
    done = threading.Semaphore(0)

    def failing():
        done.release()
        raise StoreError("out of reach")

    keeper = Keeper([(0.01, failing)])
    for _ in range(3):
        assert done.acquire(timeout=30)
    keeper.close()
    assert "out of reach" in caplog.text and "Traceback" not in caplog.text
