# SPDX-License-Identifier: GPL-2.0-only
"""Kernels that each make one mistake, to see that the random runs find it and say what is wrong.

    python -m tests.property.wrong_kernels [--build FOLDER] [--only WORDS] [--steps 20000]

A copy of the sources is built once; then each mistake is written into it, built, played and taken back.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parents[2]
SECONDS = 600  # that one run may take
FEW_STEPS = 12  # that are worth printing


class Mistake(NamedTuple):
    """What a kernel forgets: the text `right` of one file below src/cpp became `wrong`; a run says one of `words`."""

    name: str
    file: str
    right: str
    wrong: str
    words: str  # a regular expression


OTHER_CONTENT = "holds something else|reads 0x"

MISTAKES = (
    Mistake(
        "fork leaves the parent's entries writable",
        "machine/pmap.cpp",
        "from[i] &= keep;\n        to[i] = from[i] & ~",
        "to[i] = from[i] & keep & ~",
        "is writable, but its page is not this mapping's own",
    ),
    Mistake(
        "fork does not flush the TLB after it took W away",
        "machine/pmap.cpp",
        "machine_->mmu().flush_space(root());",
        "",
        "TLB entry of .* is stale",
    ),
    Mistake(
        "fork forgets which of the parent's pages were written",
        "machine/pmap.cpp",
        "from[i] &= keep;",
        "from[i] &= keep & ~std::uint32_t{PteBits::DIRTY};",
        "counts as clean and differs from what is stored of it|TLB entry of .* is stale",
    ),
    Mistake(
        "the child inherits locks",
        "vm/fork.cpp",
        "copy.wiring = Wiring::Pageable;",
        "",
        r"counts \d+ wires, \d+ entries wire it|unwire of a wired page",
    ),
    Mistake(
        "eviction does not flush the TLB",
        "machine/pmap.cpp",
        "change(va, *entry, old, Pte(), AfterEnter::NoRetry);",
        "machine_->memory().write32(*entry, 0);",
        "TLB entry of .* is stale",
    ),
    Mistake(
        "eviction does not look at D",
        "vm/page_daemon.cpp",
        "if (use.dirty) {",
        "if (use.dirty && page.dirty()) {",
        "counts as clean and differs from what is stored of it|" + OTHER_CONTENT,
    ),
    Mistake(
        "eviction finds only the mappings of the page's own object",
        "vm/vm_object.cpp",
        "front->for_each_view(PageIndex(index.value - front->shadow_offset_.value), visit);",
        "",
        "is not found, or not once, by asking for|was taken from its users and is still mapped",
    ),
    Mistake(
        "a dirty page leaves for swap without being written there",
        "vm/paging.cpp",
        "vm_.swap().write(slot, bytes);",
        "",
        "reading a swap slot that was written|" + OTHER_CONTENT,
    ),
    Mistake(
        "a page that is written keeps its old copy in swap",
        "vm/page.cpp",
        "object_->free_swap_slot(index_);",
        "",
        "is dirty and keeps a swap slot|swap slot .* is in use and belongs to no page",
    ),
    Mistake(
        "a page-in that fails leaves its page busy",
        "vm/transfers.cpp",
        "page.object().forget_page(page.index());",
        "",
        "is on its way and no transfer carries it",
    ),
    Mistake(
        "a merge of two objects drops a page",
        "vm/shadow_chain.cpp",
        "if (!slots_.has(own)) {",
        "if (!slots_.has(own) && own.value % 4 != 3) {",
        "maps a frame that holds no page|the core keeps nothing of page|" + OTHER_CONTENT,
    ),
    Mistake(
        "a merge of two objects drops what is in swap",
        "vm/shadow_chain.cpp",
        "slots_.exchange_swap_slot(to_index, slot);",
        "",
        r"swap slot \d+ is in use and belongs to no page|" + OTHER_CONTENT,
    ),
    Mistake(
        "an object is passed by that still has a page to show",
        "vm/shadow_chain.cpp",
        "covers = covers && slots_.has(",
        "covers = covers || slots_.has(",
        OTHER_CONTENT + "|maps another frame than the object chain shows|the core keeps nothing of page",
    ),
    Mistake(
        "a page moves up although another process sees it",
        "vm/fault.cpp",
        "if (behind->is_seen(index, front)) {",
        "if (behind->kind() == ObjectKind::File) {",
        OTHER_CONTENT + "|maps another frame than the object chain shows|the core keeps nothing of page",
    ),
    Mistake(
        "what nobody sees any more stays in memory",
        "vm/shadow_chain.cpp",
        "survivor->discard_unseen(first, pages);",
        "",
        "is seen by nobody",
    ),
    Mistake(
        "mprotect takes the right to write from the mapping alone",
        "vm/protect.cpp",
        "pmap_.protect(mapping.range, PageRights::ReadOnly);",
        "",
        "is writable, but its page is not this mapping's own",
    ),
    Mistake(
        "mprotect gives the right to write also to pages of others",
        "vm/protect.cpp",
        "if (own != nullptr && own->frame() == pte.frame()) {",
        "if (own == nullptr || own->frame() == pte.frame()) {",
        "is writable, but its page is not this mapping's own",
    ),
    Mistake(
        "munmap of wired memory leaves the pages wired",
        "vm/address_space.cpp",
        "vm_.unwire(*page);",
        "",
        r"counts \d+ wires, \d+ entries wire it|wired",
    ),
    Mistake(
        "truncate leaves the bytes after the new end",
        "vm/vm_object.cpp",
        "std::memset(tail.data(), 0, tail.size());",
        "static_cast<void>(tail);",
        OTHER_CONTENT + "|differs where it is read",
    ),
    Mistake(
        "truncate leaves whole pages past the new end",
        "vm/vm_object.cpp",
        "[this](PageIndex index, Page*, SwapSlot) { remove_page(index); });\n    const auto kept_in_page",
        "[](PageIndex, Page*, SwapSlot) {});\n    const auto kept_in_page",
        "lies past its end",
    ),
    Mistake(
        "truncate leaves the private copies past the new end",
        "vm/vm_object.cpp",
        "front->remove_page(index); });",
        "static_cast<void>(front), static_cast<void>(index); });",
        "not bus_error|" + OTHER_CONTENT,
    ),
    Mistake(
        "the stack grows over the guard gap",
        "vm/heap_and_stack.cpp",
        "below->range.end > guard;",
        "below->range.end > guard + layout_.stack_guard_gap;",
        "could be touched, not no_mapping",
    ),
    Mistake(
        "MADV_FREE of a page that was written again still drops it",
        "vm/page_daemon.cpp",
        "page.mark_dirty();",
        "if (page.cleanliness() != Cleanliness::Freed) { page.mark_dirty(); }",
        OTHER_CONTENT,
    ),
    Mistake(
        "msync forgets that the page was written by another mapping",
        "vm/paging.cpp",
        "if (pte.dirty()) {\n                    page->mark_dirty();",
        "if (pte.dirty()) {",
        "counts as clean and differs from what is stored of it",
    ),
)


def source_of(mistake: Mistake, tree: Path = REPOSITORY) -> Path:
    return tree / "src" / "cpp" / mistake.file


class Tree:
    """A copy of the sources in which one mistake at a time is made."""

    def __init__(self, folder: Path) -> None:
        self.source, self.build, self.view = folder / "source", folder / "build", folder / "view"
        for name in ("src", "cmake", "python"):
            shutil.copytree(REPOSITORY / name, self.source / name, dirs_exist_ok=True)
        shutil.copy(REPOSITORY / "CMakeLists.txt", self.source)
        shutil.copytree(REPOSITORY / "python" / "vmlab", self.view / "vmlab", dirs_exist_ok=True)
        # -O1: what a mistake saves or leaves unused is no concern here, and what is built is run for seconds.
        options = ["-DVMLAB_BUILD_PYTHON=ON", "-DVMLAB_BUILD_TESTS=OFF", "-DVMLAB_WARNINGS_AS_ERRORS=OFF"]
        options += [f"-DPython_EXECUTABLE={sys.executable}", "-DCMAKE_BUILD_TYPE=None", "-DCMAKE_CXX_FLAGS=-O1"]
        if shutil.which("ninja"):
            options.append("-GNinja")
        if shutil.which("ccache"):
            options.append("-DCMAKE_CXX_COMPILER_LAUNCHER=ccache")
        self._call("cmake", "-S", str(self.source), "-B", str(self.build), *options)
        self.make()

    def make(self) -> None:
        self._call("cmake", "--build", str(self.build), "--target", "_core", "--parallel", "2")
        for built in self.build.rglob("_core*.so"):
            shutil.copy(built, self.view / "vmlab")

    def _call(self, *command: str) -> None:
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")

    def play(self, steps: int, seed: int) -> str:
        """What a run says that found a difference; nothing where it found none."""
        command = [sys.executable, "-m", "tests.property.vm", "--steps", str(steps), "--seed", str(seed)]
        command += ["--check-every", "1", "--quiet"]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(self.view), str(REPOSITORY)])}
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, cwd=REPOSITORY, env=environment, timeout=SECONDS
            )
        except subprocess.TimeoutExpired:
            return f"the run did not end within {SECONDS} seconds"
        if done.returncode not in (0, 1):
            return f"the run ended with {done.returncode}: {done.stderr}"
        return done.stdout if done.returncode == 1 else done.stderr

    def judge(self, mistake: Mistake, steps: int, seed: int) -> str:
        """What a run says of a kernel that makes the mistake."""
        path = source_of(mistake, self.source)
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(mistake.right, mistake.wrong), encoding="utf-8")
        try:
            self.make()
            return self.play(steps, seed)
        finally:
            path.write_text(text, encoding="utf-8")


def report(mistake: Mistake, said: str) -> bool:
    """Prints how it was found; says whether it was, by its own words."""
    found = re.search(mistake.words, said) is not None
    print(f"{'found' if found else 'NOT FOUND'}: {mistake.name}")
    if not found:
        print(f"    expected: {mistake.words}\n{said}", flush=True)
        return False
    lines = said.splitlines()
    steps = [line for line in lines if line.startswith("(")]
    print(f"    {lines[2][2:] if steps else said.strip()}")
    print(f"    {len(steps)} steps{': ' + '; '.join(steps) if len(steps) <= FEW_STEPS else ''}", flush=True)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, help="a folder to build in that stays; else a temporary one")
    parser.add_argument("--only", default="", help="a part of the names of the mistakes to make")
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        tree = Tree(options.build or Path(temporary))
        if said := tree.play(2000, options.seed):
            print(f"without any mistake:\n{said}")
            return 1
        chosen = [mistake for mistake in MISTAKES if options.only in mistake.name]
        missed = 0
        for mistake in chosen:
            missed += not report(mistake, tree.judge(mistake, options.steps, options.seed))
    print(f"{len(chosen) - missed} of {len(chosen)} mistakes were found")
    return 1 if missed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
