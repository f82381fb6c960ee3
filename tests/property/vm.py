# SPDX-License-Identifier: GPL-2.0-only
"""A long random run of the virtual memory against the model.

    python -m tests.property.vm --steps 1000000 --seed 1 [--frames 8] [--swap 65536] [--check-every 1]

The run is cut into episodes, each with a configuration and a seed of its own. Where core and model part, the episode is
made as short as leaving out steps can make it, and printed as something that `--replay FILE` plays again.
"""

from __future__ import annotations

import argparse
import ast
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.property.comparison import Difference
from tests.property.runner import Runner, Step
from tests.property.steps import Config, StepMaker, ample_config, random_config

Play = Callable[[Config, list[Step]], object]

EPISODE_STEPS = 1000
TWIN_EVERY = 10


class Failed(Exception):
    """An episode in which core and model parted; `play` is how."""

    def __init__(self, play: Play, config: Config, steps: list[Step], error: Exception) -> None:
        super().__init__(str(error))
        self.play = play
        self.config = config
        self.steps = steps


def run_episode(config: Config, seed: int, steps: int, check_every: int) -> list[Step]:
    """One episode; returns its steps."""
    rng = random.Random(seed)
    runner = Runner(config)
    maker = StepMaker(rng, runner)
    done: list[Step] = []
    try:
        for count in range(1, steps + 1):
            done.append(maker.next())
            runner.play(done[-1])
            if count % check_every == 0:
                runner.check()
        runner.check()
        runner.finish()
    except Exception as error:
        raise Failed(replay, config, done, error) from error
    return done


def replay(config: Config, steps: list[Step], dropper: random.Random | None = None, patient: bool = False) -> Runner:
    """Plays steps, checking after each."""
    runner = Runner(config, dropper, patient)
    for step in steps:
        runner.play(step)
        runner.check()
    runner.finish()
    return runner


def replay_twins(config: Config, steps: list[Step]) -> None:
    """Law 3: the same steps while page-table entries are dropped at random give the same answers.

    What MADV_FREE freed may be there or not, so it is left out. An access may have to wait or not, so all wait. Whether
    it needs the disk depends on what is in memory, so no disk fails.
    """
    steps = [step[-1] if step[0] == "with_failing" else step for step in steps]
    steps = [step for step in steps if step[0] != "advise" or step[-1] != "free"]
    plain = replay(config, steps, patient=True)
    dropped = replay(config, steps, random.Random(len(steps)), patient=True)
    if plain.ran_out or dropped.ran_out:
        return
    for step, answer, other in zip(steps, plain.answers, dropped.answers, strict=False):
        if answer != other:
            raise Difference(f"{step} answers {answer!r}, and {other!r} where entries were dropped")


def run_twins(config: Config, seed: int, steps: int) -> None:
    done = run_episode(config, seed, steps, steps)
    try:
        replay_twins(config, done)
    except Exception as error:
        raise Failed(replay_twins, config, done, error) from error


def failure_of(play: Play, config: Config, steps: list[Step]) -> Exception | None:
    try:
        play(config, steps)
    except Exception as error:
        return error
    return None


def shorten(failed: Failed, seconds: float = 60) -> list[Step]:
    """Leaves out pieces, ever smaller ones, as long as the rest still fails."""
    deadline = time.monotonic() + seconds
    steps, size = failed.steps, len(failed.steps) // 2
    while size and time.monotonic() < deadline:
        at = 0
        while at < len(steps) and time.monotonic() < deadline:
            fewer = steps[:at] + steps[at + size :]
            if failure_of(failed.play, failed.config, fewer) is not None:
                steps = fewer
            else:
                at += size
        size = size // 2 if size > 1 or len(steps) < 2 else 0
    return steps


def without_forks(failed: Failed, steps: list[Step]) -> list[Step]:
    """Lets a parent do what its child did, where the rest still fails."""
    at = 0
    while at < len(steps):
        if steps[at][0] == "fork":
            _, parent, child = steps[at]
            fewer = steps[:at] + [in_space(step, child, parent) for step in steps[at + 1 :]]
            if failure_of(failed.play, failed.config, fewer) is not None:
                steps = fewer
                continue
        at += 1
    return steps


def in_space(step: Step, old: int, new: int) -> Step:
    """The step in another address space, if it is one in `old`."""
    if step[0] == "with_failing":
        return (*step[:-1], in_space(step[-1], old, new))
    return (step[0], new, *step[2:]) if len(step) > 1 and step[1] == old else step


def describe(failed: Failed) -> str:
    """The failing episode as short as it can be made, in the form that --replay reads."""
    found = failure_of(failed.play, failed.config, failed.steps)
    steps = failed.steps if found is None else without_forks(failed, shorten(failed))
    error = failure_of(failed.play, failed.config, steps) or failed
    lines = [f"# {type(error).__name__}: {error}", repr(failed.config), *map(repr, steps)]
    return "\n".join(lines)


def read_replay(text: str) -> tuple[Config, list[Step]]:
    config, *steps = (ast.literal_eval(line) for line in text.splitlines() if line and not line.startswith("#"))
    return config, steps


def run(options: argparse.Namespace) -> int:
    began, done, episode = time.monotonic(), 0, 0
    overrides: dict[str, Any] = {
        name: value for name, value in (("frames", options.frames), ("swap", options.swap)) if value is not None
    }
    while done < options.steps:
        seed = options.seed * 1_000_003 + episode
        rng = random.Random(seed)
        steps = min(EPISODE_STEPS, options.steps - done)
        twins = episode % TWIN_EVERY == TWIN_EVERY - 1
        config = (ample_config if twins else random_config)(rng) | overrides
        try:
            if twins:
                run_twins(config, seed, steps)
            else:
                run_episode(config, seed, steps, options.check_every)
        except Failed as failed:
            print(f"episode {episode} of --seed {options.seed} (seed {seed}) failed after {len(failed.steps)} steps")
            print(f"# {failed}\n{describe(failed)}")
            return 1
        done, episode = done + steps, episode + 1
        if not options.quiet and episode % 50 == 0:
            print(f"{done} steps, {done / (time.monotonic() - began):.0f} a second", flush=True)
    seconds = time.monotonic() - began
    print(f"seed {options.seed}: {done} steps in {episode} episodes, {seconds:.1f} s, {done / seconds:.0f} a second")
    return 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--frames", type=int, help="pageable frames, in every episode")
    parser.add_argument("--swap", type=int, help="bytes of swap, in every episode")
    parser.add_argument("--check-every", type=int, default=10, help="steps between two full checks")
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--replay", type=Path, help="play a printed episode again")
    options = parser.parse_args(arguments)
    if options.replay is None:
        return run(options)
    error = failure_of(replay, *read_replay(options.replay.read_text(encoding="utf-8")))
    print(f"{type(error).__name__}: {error}" if error else "it passes")
    return 0 if error is None else 1


if __name__ == "__main__":
    sys.exit(main())
