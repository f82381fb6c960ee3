# SPDX-License-Identifier: GPL-2.0-only
"""A run whose replacement policy was written in Python, run again from its journal without the policy."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.python.replay.test_replay import assert_goes_on_after_failure, assert_same

import vmlab
from vmlab.errors import RecordedPolicyError
from vmlab.policy import Page

REFERENCES: list[str | int] = [f"{'rw'[number % 2]}{number * number % 11}" for number in range(60)]
FORKING = """
    #include <sys/wait.h>
    #include <unistd.h>
    char memory[16 * 4096];
    int main(void) {
        for (int page = 0; page < 16; page++) memory[page * 4096] = page;
        int child = fork();
        for (int page = 0; page < 16; page++) memory[page * 4096] += child == 0 ? 2 : 1;
        if (child == 0) _exit(0);
        wait(0);
        return 0;
    }"""


class Lottery(vmlab.ReplacementPolicy):
    """No two runs of it are alike."""

    def select_victim(self, candidates: Sequence[Page]) -> Page:
        return random.SystemRandom().choice(candidates)


class SecondChance(vmlab.ReplacementPolicy):
    """Clears A bits on its way, which the log shows."""

    def select_victim(self, candidates: Sequence[Page]) -> Page:
        return next((page for page in candidates if not page.test_and_clear_accessed()), candidates[0])


class Aging(vmlab.ReplacementPolicy):
    """Clears A bits at each tick."""

    def on_tick(self, pages: Sequence[Page]) -> None:
        for page in pages:
            page.test_and_clear_accessed()

    def select_victim(self, candidates: Sequence[Page]) -> Page:
        return min(candidates, key=lambda page: page.accessed)


class Failing(SecondChance):
    """Fails once, at the fifth call of a method from now on."""

    def __init__(self) -> None:
        self.arm("")

    def arm(self, at: str) -> None:
        self.at = at
        self.left = 5

    def count(self, name: str) -> None:
        self.left -= name == self.at
        if name == self.at and self.left == 0:
            raise LookupError("no idea")

    def on_insert(self, page: Page) -> None:
        self.count("on_insert")

    def on_tick(self, pages: Sequence[Page]) -> None:
        self.count("on_tick")

    def on_evict(self, page: Page) -> None:
        self.count("on_evict")

    def select_victim(self, candidates: Sequence[Page]) -> Page:
        victim = super().select_victim(candidates)
        self.count("select_victim")
        return victim


@pytest.mark.parametrize("policy", [Lottery, SecondChance, Aging, Lottery()])
def test_a_touching_run(policy: object, tmp_path: Path) -> None:
    with vmlab.Lab(frames=4, swap="64 KiB", replacement=policy, policy_tick=20) as lab:
        process = lab.spawn(vmlab.touch(REFERENCES))
        lab.run(budget=60)
        lab.run()
        assert process.exit_status == 0
        assert lab.counters.pages_evicted > 10
        replayed = assert_same(lab, tmp_path / "journal")
        assert dict(replayed.counters) == dict(lab.counters)


@pytest.mark.parametrize("scope", ["global", "local"])
def test_processes_that_share_pages(scope: str, tmp_path: Path) -> None:
    with vmlab.Lab(frames=10, swap="256 KiB", replacement=Lottery, scope=scope, process_frames=8) as lab:
        lab.spawn(vmlab.c(FORKING))
        lab.run()
        assert [process.exit_status for process in lab.processes] == [0, 0]
        assert_same(lab, tmp_path / "journal")


@pytest.mark.parametrize("at", ["select_victim", "on_insert", "on_tick", "on_evict"])
def test_a_policy_that_failed_and_went_on(at: str, tmp_path: Path) -> None:
    policy = Failing()
    with vmlab.Lab(frames=4, swap="64 KiB", replacement=policy, policy_tick=20) as lab:
        process = lab.spawn(vmlab.touch(REFERENCES))
        policy.arm(at)
        assert_goes_on_after_failure(lab, process, tmp_path / "journal", status=0)


def test_a_policy_that_fails_while_a_program_is_started(tmp_path: Path) -> None:
    class Never(vmlab.ReplacementPolicy):
        def on_insert(self, page: Page) -> None:
            raise LookupError("no idea")

    with vmlab.Lab(replacement=Never) as lab:
        with pytest.raises(LookupError, match="no idea"):
            lab.spawn(vmlab.touch(REFERENCES))
        lab.check()
        assert_same(lab, tmp_path / "journal")


def test_a_policy_that_chose_what_it_must_not(tmp_path: Path) -> None:
    class Wrong(vmlab.ReplacementPolicy):
        def select_victim(self, candidates: Sequence[Page]) -> Page:
            return 7  # type: ignore[return-value]

    with vmlab.Lab(frames=3, swap="64 KiB", replacement=Wrong) as lab:
        lab.spawn(vmlab.touch(REFERENCES))
        with pytest.raises(vmlab.PolicyError):
            lab.run()
        assert_same(lab, tmp_path / "journal")


def test_a_replayed_lab_has_no_policy_to_go_on_with(tmp_path: Path) -> None:
    with vmlab.Lab(frames=4, swap="64 KiB", replacement=Lottery) as lab:
        lab.spawn(vmlab.touch(REFERENCES))
        lab.run(budget=60)
        lab.save(tmp_path / "journal")
    with vmlab.replay(tmp_path / "journal") as again, pytest.raises(RecordedPolicyError, match="no further choice"):
        again.run()
