# SPDX-License-Identifier: GPL-2.0-only
"""Replacement policies written in Python."""

import traceback
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vmlab
from vmlab.policy import Page

BELADY = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5]


class Fifo(vmlab.ReplacementPolicy):
    def select_victim(self, candidates: Sequence[Page]) -> Page:
        return candidates[0]


class Lru(vmlab.ReplacementPolicy):
    """With a list of its own, kept up to date by every call."""

    def __init__(self) -> None:
        self.recency: list[Page] = []

    def on_insert(self, page: Page) -> None:
        self.recency.append(page)

    def on_access(self, page: Page) -> None:
        self.recency.remove(page)
        self.recency.append(page)

    def select_victim(self, candidates: Sequence[Page]) -> Page:
        return next(page for page in self.recency if page in candidates)

    def on_evict(self, page: Page) -> None:
        self.recency.remove(page)


class Clock(vmlab.ReplacementPolicy):
    def __init__(self) -> None:
        self.ring: list[Page] = []

    def on_insert(self, page: Page) -> None:
        self.ring.append(page)

    def select_victim(self, candidates: Sequence[Page]) -> Page:
        while self.ring[0].test_and_clear_accessed():
            self.ring.append(self.ring.pop(0))
        return self.ring[0]

    def on_evict(self, page: Page) -> None:
        self.ring.remove(page)


class Lfu(vmlab.ReplacementPolicy):
    """With attributes on the pages themselves."""

    turn = 0

    def on_insert(self, page: Page) -> None:
        page.count = 0  # type: ignore[attr-defined]

    def on_access(self, page: Page) -> None:
        self.turn += 1
        page.count += 1  # type: ignore[attr-defined]
        page.last = self.turn  # type: ignore[attr-defined]

    def select_victim(self, candidates: Sequence[Page]) -> Page:
        return min(candidates, key=lambda page: (page.count, page.last))  # type: ignore[attr-defined]


class Nru(vmlab.ReplacementPolicy):
    def on_tick(self, pages: Sequence[Page]) -> None:
        for page in pages:
            page.test_and_clear_accessed()

    def select_victim(self, candidates: Sequence[Page]) -> Page:
        return min(candidates, key=lambda page: 2 * page.accessed + page.modified)


@pytest.mark.parametrize(
    ("name", "policy"), [("fifo", Fifo), ("lru", Lru), ("clock", Clock), ("lfu", Lfu), ("nru", Nru)]
)
@settings(max_examples=60, deadline=None)
@given(string=st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=60), frames=st.integers(1, 6))
def test_the_same_policy_in_python_gives_the_same_trace(
    name: str, policy: type[vmlab.ReplacementPolicy], string: list[tuple[int, bool]], frames: int
) -> None:
    references = [f"{'w' if write else 'r'}{page}" for page, write in string]
    built_in = vmlab.simulate(references, frames, name, trace=True, tick=5)
    written = vmlab.simulate(references, frames, policy, trace=True, tick=5)
    assert written.trace == built_in.trace
    assert written.writebacks == built_in.writebacks
    assert written.policy == policy.__name__


def test_a_class_gets_the_options_and_an_instance_is_used_as_it_is() -> None:
    class Nth(Fifo):
        def __init__(self, n: int = 0) -> None:
            self.n, self.asked = n, 0

        def select_victim(self, candidates: Sequence[Page]) -> Page:
            self.asked += 1
            return candidates[self.n]

    assert vmlab.simulate(BELADY, 3, Nth).misses == 9
    assert vmlab.simulate(BELADY, 3, Nth, n=2).misses == vmlab.simulate(BELADY, 3, Nth(2)).misses != 9
    instance = Nth()
    assert vmlab.simulate(BELADY, 3, instance).evictions == instance.asked == 6
    with pytest.raises(TypeError, match="no options, not n"):
        vmlab.simulate(BELADY, 3, instance, n=1)


def test_the_calls_and_what_a_page_knows() -> None:
    calls: list[tuple[object, ...]] = []

    class Noting(vmlab.ReplacementPolicy):
        def on_insert(self, page: Page) -> None:
            calls.append(("insert", page.number, page.identity, page.frame))

        def on_access(self, page: Page) -> None:
            calls.append(("access", page.number))

        def on_tick(self, pages: Sequence[Page]) -> None:
            calls.append(("tick", [(page.number, page.accessed, page.modified) for page in pages]))

        def select_victim(self, candidates: Sequence[Page]) -> Page:
            calls.append(("select", [page.number for page in candidates]))
            return candidates[1]

        def on_evict(self, page: Page) -> None:
            calls.append(("evict", page.number, page.frame, repr(page)))

    far = 2**40 + 3
    vmlab.simulate([far, "w5", far, 6], 2, Noting, tick=3)
    assert calls == [
        ("insert", far, (256, 3), 0),
        ("access", far),
        ("insert", 5, (0, 5), 1),
        ("access", 5),
        ("access", far),
        ("tick", [(far, True, False), (5, True, True)]),
        ("select", [far, 5]),
        ("evict", 5, 1, "<page 5 in frame 1>"),
        ("insert", 6, (0, 6), 1),
        ("access", 6),
    ]


def choosing(choose: Callable[[Sequence[Page]], object]) -> type[vmlab.ReplacementPolicy]:
    class Chosen(vmlab.ReplacementPolicy):
        def select_victim(self, candidates: Sequence[Page]) -> Page:
            return choose(candidates)  # type: ignore[return-value]

    return Chosen


@pytest.mark.parametrize("answer", [None, 0, "page", (), True])
def test_an_answer_that_is_no_page(answer: object) -> None:
    with pytest.raises(vmlab.PolicyError, match=r"Chosen\.select_victim returned .*no page: return one of the cand"):
        vmlab.simulate(BELADY, 3, choosing(lambda candidates: answer))


def test_a_page_that_has_left_memory() -> None:
    seen: list[Page] = []

    def first_ever(candidates: Sequence[Page]) -> Page:
        seen.extend(candidates)
        return seen[0]

    with pytest.raises(vmlab.PolicyError, match="page 1 in frame 0, which has left memory: return one of the cand"):
        vmlab.simulate(BELADY, 3, choosing(first_ever))
    with pytest.raises(vmlab.PolicyError, match="which has left memory"):
        vmlab.simulate(BELADY, 3, choosing(lambda candidates: seen[1]))  # of another simulation
    with pytest.raises(vmlab.PolicyError, match="page 1 in frame 0 has left memory"):
        _ = seen[0].accessed
    assert (seen[0].number, seen[0].frame) == (1, 0)


def test_bits_are_seen_while_a_victim_is_chosen_alone() -> None:
    class Early(Fifo):
        def on_insert(self, page: Page) -> None:
            page.test_and_clear_accessed()

    with pytest.raises(vmlab.PolicyError, match="only while select_victim or on_tick runs"):
        vmlab.simulate(BELADY, 3, Early)


@pytest.mark.parametrize("method", ["on_insert", "on_access", "on_tick", "select_victim", "on_evict"])
def test_an_exception_comes_out_as_it_is(method: str) -> None:
    def fail(self: object, *arguments: object) -> None:
        raise LookupError("lost my list")

    failing = type("Failing", (Fifo,), {method: fail})
    with pytest.raises(LookupError, match="lost my list") as raised:
        vmlab.simulate(BELADY, 3, failing, tick=1)
    assert "in fail" in "".join(traceback.format_tb(raised.value.__traceback__))
    assert vmlab.simulate(BELADY, 3, Fifo).misses == 9


def test_a_policy_without_a_choice() -> None:
    class Forgot(vmlab.ReplacementPolicy):
        pass

    with pytest.raises(NotImplementedError, match="Forgot has no select_victim"):
        vmlab.simulate(BELADY, 3, Forgot)
    assert vmlab.simulate(BELADY, 5, Forgot).misses == 5


@pytest.mark.parametrize("policy", [None, 3, int, object(), Fifo.select_victim, ["fifo"]])
def test_what_is_no_policy(policy: object) -> None:
    with pytest.raises(TypeError, match=r"subclass of vmlab\.ReplacementPolicy or an instance"):
        vmlab.simulate(BELADY, 3, policy)  # type: ignore[arg-type]


def test_policy_error_is_ours() -> None:
    assert issubclass(vmlab.PolicyError, vmlab.VmlabError)


def test_a_simulation_inside_a_policy() -> None:
    class Lookahead(Fifo):
        def select_victim(self, candidates: Sequence[Page]) -> Page:
            best = vmlab.simulate(BELADY, 3, "opt").misses
            return candidates[best - 7]

    assert vmlab.simulate(BELADY, 3, Lookahead).misses == 9


def test_pages_and_policies_are_let_go() -> None:
    import gc
    import weakref

    policy = Lru()
    vmlab.simulate(BELADY, 3, policy)
    watched = weakref.ref(policy)
    del policy
    gc.collect()
    assert watched() is None
