"""What a run takes in: a share for each source, one long answer after the other, and what is kept in all."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest

from pm_autofill.collect.transport.failure import Cause, WireFailure
from pm_autofill.collect.transport.limits import Deadline
from pm_autofill.collect.transport.shares import Portion, Reading, Share, Shares

MIB = 2**20


def reading(share: Share, seconds: float = 30.0) -> Reading:
    """An answer of that source."""
    return Reading(share, Deadline(seconds))


def test_short_answers_come_side_by_side() -> None:
    """As long as all together are no longer than may be under way."""
    share = Share(Portion(under_way=100))
    for _ in range(10):
        reading(share).grow(10)
    reading(share).grow(60)  # the one that may be longer
    with pytest.raises(WireFailure) as caught:
        reading(share, seconds=0).grow(60)
    assert caught.value.cause is Cause.DEADLINE


def test_one_answer_may_be_longer_and_the_others_wait_for_it() -> None:
    """It grows as far as its own limit lets it; then the next one does."""
    share = Share(Portion(under_way=100))
    first, second = reading(share), reading(share)
    first.grow(90)
    first.grow(1000)
    grown = threading.Event()

    def grow() -> None:
        second.grow(500)
        grown.set()

    waiting = threading.Thread(target=grow, daemon=True)
    waiting.start()
    assert not grown.wait(0.1)
    first.close()
    assert grown.wait(30)
    waiting.join()


def test_many_long_answers_at_once_never_wait_for_each_other_in_a_circle() -> None:
    """Each has some and wants more: all get through, one after the other."""
    share = Share(Portion(under_way=100))
    begun = threading.Barrier(20)
    ended: list[int] = []

    def read(number: int) -> None:
        one = reading(share)
        one.grow(5)
        begun.wait(30)
        for _ in range(30):
            one.grow(10)
        one.close()
        ended.append(number)

    threads = [threading.Thread(target=read, args=(number,), daemon=True) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(ended) == list(range(20))


def test_what_is_kept_ends_at_the_share() -> None:
    """What does not fit any more is refused, and what is smaller still fits."""
    share = Share(Portion(kept=100))
    share.keep(90)
    with pytest.raises(WireFailure) as caught:
        share.keep(11)
    assert caught.value.cause is Cause.USED_UP
    share.keep(10)
    assert share.kept == 100


def test_an_answer_of_no_use_gives_back_what_it_took() -> None:
    """Else a source that fails often would use up its share with nothing."""
    share = Share(Portion(under_way=100, kept=100))
    for _ in range(5):
        one = reading(share)
        one.grow(80, kept=80)
        one.undo()
    one = reading(share)
    one.grow(80, kept=80)
    one.close()
    assert share.kept == 80


def test_a_second_attempt_begins_from_nothing() -> None:
    """With a sieve of its own."""

    class Sieve:
        size = 0

        def feed(self, piece: bytes) -> bytes:
            return piece

        def finish(self) -> bytes:
            return b""

    share = Share(Portion(under_way=100))
    one = Reading(share, Deadline(0), Sieve)
    one.begin()
    first = one.sieve
    one.grow(100)
    one.begin()
    assert one.sieve is not first
    one.grow(100)


def test_a_source_that_takes_all_takes_nothing_of_the_others() -> None:
    """Each has a share of its own, whoever asks for it."""
    shares = Shares()
    with suppress(WireFailure):
        while True:
            shares.of("Grafana").keep(MIB)
    shares.of("PagerDuty").keep(MIB)
    assert shares.of("PagerDuty") is shares.of("PagerDuty")
    assert shares.kept == shares.of("Grafana").kept + MIB


def test_each_configured_slo_makes_room_in_prometheus_alone() -> None:
    """An estate of fifty needs more than one of three; what the other sources send has nothing to do with it."""

    def most(source: str, slo_count: int) -> int:
        shares = Shares()
        shares.allow_for(slo_count)
        with suppress(WireFailure):
            while True:
                shares.of(source).keep(MIB)
        return shares.of(source).kept

    assert most("Prometheus", 50) - most("Prometheus", 0) == 150 * MIB
    assert most("Grafana", 50) == most("Grafana", 0)


def test_long_answers_are_parsed_one_after_the_other() -> None:
    """Whichever source they are of; short ones are not kept waiting."""
    shares = Shares()
    begun, ended = threading.Event(), threading.Event()

    def parse() -> None:
        begun.set()
        with shares.of("Grafana").parsing(10 * MIB):
            ended.set()

    with shares.of("PagerDuty").parsing(10 * MIB):
        other = threading.Thread(target=parse, daemon=True)
        other.start()
        assert begun.wait(30)
        with shares.of("Prometheus").parsing(1000):
            assert not ended.wait(0.1)
    assert ended.wait(30)
    other.join()
