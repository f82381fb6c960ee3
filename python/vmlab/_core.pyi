# SPDX-License-Identifier: GPL-2.0-only
"""
The core of vmlab. Use the classes of the package vmlab, which are made of these.
"""
from __future__ import annotations
import collections.abc
import enum
import os
import typing
__all__: list[str] = ['Access', 'AccessTracing', 'CpuExit', 'EngineLibraries', 'EntryRecord', 'EnumSchema', 'EnumValueSchema', 'EventSchema', 'ExitKind', 'FieldSchema', 'FieldType', 'FrameUse', 'Gate', 'HandlerAnswer', 'HandlerDoor', 'Input', 'InputKind', 'LabCore', 'LargePages', 'MachineCore', 'MappingRecord', 'ObjectRecord', 'PolicyInfo', 'PolicyNeeds', 'PolicyOptions', 'PolicyPage', 'Privilege', 'ProcessState', 'ProfileField', 'ReferenceString', 'Registers', 'Ring', 'ScriptKind', 'Sharing', 'Simulation', 'SimulationConfig', 'SimulationStep', 'SlotRecord', 'StaleEntries', 'Stop', 'StopReason', 'SyscallName', 'TlbCounters', 'TlbEntry', 'TlbTagging', 'Tracer', 'Tracing', 'TranslateEnd', 'Translation', 'TrapFrame', 'Usage', 'VmCounters', 'Walk', 'WalkEnd', 'WalkStep', 'WriteProtect', 'abi_names', 'default_profile', 'enum_schema', 'event_schema', 'mnemonic_of', 'open_engine_libraries', 'policies', 'profile_fields', 'profile_names', 'pushes_error_code', 'read_journal', 'simulate']
class FieldType(enum.Enum):
    """
    How a field of an event is shown.
    """
    ADDRESS = ...
    ENUM = ...
    HEX = ...
    NUMBER = ...
    SIGNED = ...
class FieldSchema:
    """
    One field of an event.
    """
    @property
    def doc(self) -> str:
        ...
    @property
    def enum_name(self) -> str:
        ...
    @property
    def name(self) -> str:
        ...
    @property
    def type(self) -> FieldType:
        ...
class EventSchema:
    """
    One kind of event.
    """
    @property
    def doc(self) -> str:
        ...
    @property
    def fields(self) -> list[FieldSchema]:
        ...
    @property
    def name(self) -> str:
        ...
class EnumValueSchema:
    """
    One word of a vocabulary.
    """
    @property
    def doc(self) -> str:
        ...
    @property
    def name(self) -> str:
        ...
class EnumSchema:
    """
    One vocabulary that fields of events speak in.
    """
    @property
    def doc(self) -> str:
        ...
    @property
    def name(self) -> str:
        ...
    @property
    def values(self) -> list[EnumValueSchema]:
        ...
class Tracer:
    """
    The event log of one Lab, append-only.
    """
    def count(self) -> int:
        """
        How many records there are.
        """
    def of_kind(self, kind: typing.SupportsInt | typing.SupportsIndex) -> list[int]:
        """
        The indices of the records of one kind, in order.
        """
    def record(self, index: typing.SupportsInt | typing.SupportsIndex) -> bytes:
        """
        One record's bytes: header, then fields.
        """
    def rows(self, kind: typing.SupportsInt | typing.SupportsIndex) -> bytes:
        """
        The records of one kind, each as its index and its bytes.
        """
    def to_bytes(self) -> bytes:
        """
        All records.
        """
class InputKind(enum.Enum):
    """
    What came into a Lab from outside.
    """
    CONFIGURE = ...
    FILE = ...
    HANDLER_ALLOCATE = ...
    HANDLER_ANSWER = ...
    HANDLER_MAP = ...
    HANDLER_WRITE = ...
    KNOB = ...
    LOG_HASH = ...
    RUN = ...
    SPAWN = ...
    WRITE_MEMORY = ...
    WRITE_REGISTERS = ...
class Input:
    """
    One input in a journal.
    """
    @property
    def kind(self) -> InputKind:
        ...
    @property
    def numbers(self) -> list[int]:
        ...
    @property
    def texts(self) -> list[bytes]:
        ...
class Access(enum.Enum):
    """
    What an access wants of a page.
    """
    FETCH = ...
    READ = ...
    WRITE = ...
class Privilege(enum.Enum):
    """
    At which privilege level an access is made.
    """
    SUPERVISOR = ...
    USER = ...
class WalkEnd(enum.Enum):
    """
    How a walk of the page tables ended.
    """
    DIRECTORY_NOT_PRESENT = ...
    ENTRY_OUTSIDE_RAM = ...
    MAPPED = ...
    PAGE_OUTSIDE_RAM = ...
    TABLE_NOT_PRESENT = ...
class TranslateEnd(enum.Enum):
    """
    How a translation ended.
    """
    BUS_ERROR = ...
    OK = ...
    PAGE_FAULT = ...
class FrameUse(enum.Enum):
    """
    What a page frame is used for.
    """
    DESCRIPTORS = ...
    FREE = ...
    HANDLER = ...
    KERNEL_STACK = ...
    PAGE = ...
    PAGE_TABLE = ...
    STUB = ...
class ExitKind(enum.Enum):
    """
    Why the processor stopped.
    """
    BUDGET_SPENT = ...
    EXCEPTION = ...
    PAGE_FAULT = ...
    SOFTWARE_INTERRUPT = ...
class TlbTagging(enum.Enum):
    """
    What loading CR3 does to the TLB's entries.
    """
    FLUSH_ON_LOAD = ...
    TAGGED = ...
class StaleEntries(enum.Enum):
    """
    Whether a stale TLB entry answers.
    """
    HONOURED = ...
    IGNORED = ...
class WriteProtect(enum.Enum):
    """
    CR0.WP: whom a read-only page stops.
    """
    SUPERVISOR_TOO = ...
    USER_ONLY = ...
class LargePages(enum.Enum):
    """
    CR4.PSE: whether a directory entry can map 4 MB.
    """
    DISABLED = ...
    ENABLED = ...
class AccessTracing(enum.Enum):
    """
    Which page references are seen.
    """
    EVERY_REFERENCE = ...
    ON_MISS = ...
class Ring(enum.Enum):
    """
    A privilege ring.
    """
    KERNEL = ...
    USER = ...
class ScriptKind(enum.Enum):
    """
    What a step of a script does.
    """
    FETCH = ...
    INTERRUPT = ...
    READ = ...
    WRITE = ...
class WalkStep:
    """
    One entry that a walk read.
    """
    @property
    def address(self) -> int:
        ...
    @property
    def entry(self) -> int:
        ...
class Walk:
    """
    What the walk of one address found.
    """
    @property
    def address(self) -> int:
        ...
    @property
    def directory(self) -> WalkStep:
        ...
    @property
    def end(self) -> WalkEnd:
        ...
    @property
    def physical(self) -> int:
        ...
    @property
    def root(self) -> int:
        ...
    @property
    def table(self) -> WalkStep | None:
        ...
    @property
    def user(self) -> bool:
        ...
    @property
    def writable(self) -> bool:
        ...
class Translation:
    """
    The answer to one access of one page.
    """
    @property
    def end(self) -> TranslateEnd:
        ...
    @property
    def error(self) -> int:
        ...
    @property
    def frame(self) -> int:
        ...
class TlbEntry:
    """
    One valid entry of the modelled TLB.
    """
    @property
    def dirty(self) -> bool:
        ...
    @property
    def frame(self) -> int:
        ...
    @property
    def large(self) -> bool:
        ...
    @property
    def page(self) -> int:
        ...
    @property
    def space(self) -> int:
        ...
    @property
    def user(self) -> bool:
        ...
    @property
    def writable(self) -> bool:
        ...
class TlbCounters:
    """
    What the modelled TLB has counted.
    """
    @property
    def evictions(self) -> int:
        ...
    @property
    def flushes(self) -> int:
        ...
    @property
    def hits(self) -> int:
        ...
    @property
    def invalidations(self) -> int:
        ...
    @property
    def misses(self) -> int:
        ...
class Registers:
    """
    The integer registers of one context.
    """
    @property
    def cs(self) -> int:
        ...
    @cs.setter
    def cs(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def ds(self) -> int:
        ...
    @ds.setter
    def ds(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def eax(self) -> int:
        ...
    @eax.setter
    def eax(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def ebp(self) -> int:
        ...
    @ebp.setter
    def ebp(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def ebx(self) -> int:
        ...
    @ebx.setter
    def ebx(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def ecx(self) -> int:
        ...
    @ecx.setter
    def ecx(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def edi(self) -> int:
        ...
    @edi.setter
    def edi(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def edx(self) -> int:
        ...
    @edx.setter
    def edx(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def eflags(self) -> int:
        ...
    @eflags.setter
    def eflags(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def eip(self) -> int:
        ...
    @eip.setter
    def eip(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def es(self) -> int:
        ...
    @es.setter
    def es(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def esi(self) -> int:
        ...
    @esi.setter
    def esi(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def esp(self) -> int:
        ...
    @esp.setter
    def esp(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def fs(self) -> int:
        ...
    @fs.setter
    def fs(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def gs(self) -> int:
        ...
    @gs.setter
    def gs(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def ss(self) -> int:
        ...
    @ss.setter
    def ss(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
class TrapFrame:
    """
    What a trap leaves on the kernel stack.
    """
    @property
    def cs(self) -> int:
        ...
    @property
    def ds(self) -> int:
        ...
    @property
    def eax(self) -> int:
        ...
    @property
    def ebp(self) -> int:
        ...
    @property
    def ebx(self) -> int:
        ...
    @property
    def ecx(self) -> int:
        ...
    @property
    def edi(self) -> int:
        ...
    @property
    def edx(self) -> int:
        ...
    @property
    def eflags(self) -> int:
        ...
    @property
    def eip(self) -> int:
        ...
    @property
    def err(self) -> int:
        ...
    @property
    def es(self) -> int:
        ...
    @property
    def esi(self) -> int:
        ...
    @property
    def esp(self) -> int:
        ...
    @property
    def oesp(self) -> int:
        ...
    @property
    def ss(self) -> int:
        ...
    @property
    def trapno(self) -> int:
        ...
class CpuExit:
    """
    Why the processor stopped.
    """
    @property
    def access(self) -> Access:
        ...
    @property
    def address(self) -> int:
        ...
    @property
    def error_code(self) -> int:
        ...
    @property
    def instruction(self) -> int:
        ...
    @property
    def kind(self) -> ExitKind:
        ...
    @property
    def vector(self) -> int:
        ...
class Gate:
    """
    One entry of the IDT.
    """
    @property
    def dpl(self) -> Ring:
        ...
    @property
    def handler(self) -> int:
        ...
    @property
    def selector(self) -> int:
        ...
class EngineLibraries:
    """
    Unicorn and Capstone, opened.
    """
class MachineCore:
    """
    A machine without an operating system.
    """
    large_pages: LargePages
    registers: Registers
    write_protect: WriteProtect
    @staticmethod
    def scripted(ram: typing.SupportsInt | typing.SupportsIndex, steps: collections.abc.Sequence[tuple[ScriptKind, typing.SupportsInt | typing.SupportsIndex, typing.SupportsInt | typing.SupportsIndex]]) -> MachineCore:
        """
        A machine whose processor plays steps (kind, address, value) and needs no engine.
        """
    def __init__(self, libraries: EngineLibraries, ram: typing.SupportsInt | typing.SupportsIndex, tlb_entries: typing.SupportsInt | typing.SupportsIndex, tlb_ways: typing.SupportsInt | typing.SupportsIndex, tagging: TlbTagging, stale: StaleEntries, tracing: AccessTracing) -> None:
        ...
    def allocate_frame(self, use: FrameUse) -> int | None:
        """
        A frame's number, or None when RAM is used up.
        """
    def descriptor_frame(self) -> int:
        ...
    def flush_tlb(self) -> None:
        ...
    def frame_count(self) -> int:
        ...
    def frame_use(self, frame: typing.SupportsInt | typing.SupportsIndex) -> FrameUse:
        ...
    def frames_available(self) -> int:
        ...
    def free_frame(self, frame: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    def gate(self, vector: typing.SupportsInt | typing.SupportsIndex) -> Gate:
        ...
    def instructions(self) -> int:
        ...
    def invlpg(self, address: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    def iret(self) -> None:
        ...
    def kernel_window(self) -> int:
        ...
    def ram(self) -> memoryview:
        """
        All of RAM, for writing.
        """
    def read_physical(self, address: typing.SupportsInt | typing.SupportsIndex, size: typing.SupportsInt | typing.SupportsIndex) -> bytes:
        ...
    def run(self, budget: typing.SupportsInt | typing.SupportsIndex) -> CpuExit:
        ...
    def set_gate(self, vector: typing.SupportsInt | typing.SupportsIndex, dpl: Ring) -> None:
        ...
    def take_accesses(self) -> list[tuple[int, Access]]:
        """
        The page references since the last call, when every one is traced.
        """
    def tlb_counters(self) -> TlbCounters:
        ...
    def tlb_entries(self) -> list[TlbEntry]:
        ...
    def translate(self, address: typing.SupportsInt | typing.SupportsIndex, access: Access, privilege: Privilege) -> Translation:
        """
        One access, with its effects on A and D.
        """
    def trap_frame(self) -> TrapFrame:
        ...
    def trap_frame_address(self) -> int | None:
        """
        Where the frame of the trap being handled lies, or None.
        """
    def walk(self, address: typing.SupportsInt | typing.SupportsIndex) -> Walk:
        ...
    def write_physical(self, address: typing.SupportsInt | typing.SupportsIndex, bytes: bytes) -> None:
        ...
    @property
    def cr3(self) -> int:
        ...
    @cr3.setter
    def cr3(self, arg1: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def esp0(self) -> int:
        ...
    @esp0.setter
    def esp0(self, arg1: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
class Sharing(enum.Enum):
    """
    Whether others see what is written through a mapping.
    """
    PRIVATE = ...
    SHARED = ...
class MappingRecord:
    """
    One mapping as it was when asked.
    """
    @property
    def end(self) -> int:
        ...
    @property
    def kind(self) -> int:
        ...
    @property
    def name(self) -> str:
        ...
    @property
    def object_id(self) -> int:
        ...
    @property
    def offset(self) -> int:
        ...
    @property
    def protection(self) -> int:
        ...
    @property
    def resident_pages(self) -> int:
        ...
    @property
    def sharing(self) -> Sharing:
        ...
    @property
    def start(self) -> int:
        ...
class SlotRecord:
    """
    One page that an object has.
    """
    @property
    def dirty(self) -> bool:
        ...
    @property
    def frame(self) -> int | None:
        ...
    @property
    def page(self) -> int:
        ...
    @property
    def state(self) -> int:
        ...
    @property
    def swap(self) -> int | None:
        ...
class ObjectRecord:
    """
    One VmObject as it was when asked.
    """
    @property
    def id(self) -> int:
        ...
    @property
    def is_file(self) -> bool:
        ...
    @property
    def pages(self) -> int:
        ...
    @property
    def references(self) -> int:
        ...
    @property
    def shadow(self) -> int | None:
        ...
    @property
    def shadow_offset(self) -> int:
        ...
    @property
    def slots(self) -> list[SlotRecord]:
        ...
class EntryRecord:
    """
    One present page with the entries of both levels.
    """
    @property
    def address(self) -> int:
        ...
    @property
    def pde(self) -> int:
        ...
    @property
    def pte(self) -> int:
        ...
class Usage:
    """
    What an address space takes.
    """
    @property
    def mapped_bytes(self) -> int:
        ...
    @property
    def resident_pages(self) -> int:
        ...
    @property
    def table_frames(self) -> int:
        ...
class VmCounters:
    """
    What faults, copies and frames came to.
    """
    @property
    def context_switches(self) -> int:
        ...
    @property
    def faults_by_result(self) -> typing.Annotated[list[int], "FixedSize(15)"]:
        ...
    @property
    def kernel_entries(self) -> int:
        ...
    @property
    def major_faults(self) -> int:
        ...
    @property
    def minor_faults(self) -> int:
        ...
    @property
    def pages_copied(self) -> int:
        ...
    @property
    def pages_evicted(self) -> int:
        ...
    @property
    def pages_read(self) -> int:
        ...
    @property
    def pages_swapped_in(self) -> int:
        ...
    @property
    def pages_swapped_out(self) -> int:
        ...
    @property
    def pages_written_back(self) -> int:
        ...
    @property
    def pages_zeroed(self) -> int:
        ...
    @property
    def peak_page_frames(self) -> int:
        ...
class PolicyPage:
    """
    A page in memory, as a replacement policy written in Python sees it. It takes attributes of your own.
    """
    def __repr__(self) -> str:
        ...
    def test_and_clear_accessed(self) -> bool:
        """
        The A bit, which is clear afterwards.
        """
    @property
    def accessed(self) -> bool:
        """
        The A bit.
        """
    @property
    def frame(self) -> int:
        """
        Number of the frame that holds it.
        """
    @property
    def identity(self) -> tuple[int, int]:
        """
        Number of the memory object it belongs to, and its index there.
        """
    @property
    def modified(self) -> bool:
        """
        The D bit: to evict it needs a write.
        """
    @property
    def number(self) -> int:
        """
        Its identity as one number; in a simulation the page number.
        """
class PolicyNeeds(enum.Enum):
    """
    What a policy must be told.
    """
    ACCESS_BITS = ...
    EVERY_ACCESS = ...
class PolicyInfo:
    """
    One replacement policy of the core.
    """
    @property
    def name(self) -> str:
        ...
    @property
    def needs(self) -> PolicyNeeds:
        ...
    @property
    def options(self) -> list[str]:
        ...
class PolicyOptions:
    """
    What some policies need to know.
    """
    def __init__(self) -> None:
        ...
    @property
    def hand_spread(self) -> int | None:
        ...
    @hand_spread.setter
    def hand_spread(self, arg0: typing.SupportsInt | typing.SupportsIndex | None) -> None:
        ...
    @property
    def seed(self) -> int:
        ...
    @seed.setter
    def seed(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def tau(self) -> int:
        ...
    @tau.setter
    def tau(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def tick(self) -> int:
        ...
    @tick.setter
    def tick(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
class Tracing(enum.Enum):
    """
    Whether a simulation keeps its steps.
    """
    OFF = ...
    ON = ...
class SimulationStep:
    """
    What one reference came to.
    """
    @property
    def frame(self) -> int:
        ...
    @property
    def hit(self) -> bool:
        ...
    @property
    def victim(self) -> int | None:
        ...
class Simulation:
    """
    What a simulation came to.
    """
    @property
    def capacity_misses(self) -> int:
        ...
    @property
    def cold_misses(self) -> int:
        ...
    @property
    def evictions(self) -> int:
        ...
    @property
    def hits(self) -> int:
        ...
    @property
    def trace(self) -> list[SimulationStep]:
        ...
    @property
    def writebacks(self) -> int:
        ...
class ReferenceString:
    """
    Page numbers and write flags, looked at in place.
    """
    def __init__(self, pages: typing.Any, writes: typing.Any) -> None:
        ...
class SimulationConfig:
    """
    How a simulation runs.
    """
    def __init__(self, frames: typing.SupportsInt | typing.SupportsIndex, tick: typing.SupportsInt | typing.SupportsIndex, tracing: Tracing) -> None:
        ...
class ProcessState(enum.Enum):
    """
    What a process is about.
    """
    blocked = ...
    exited = ...
    ready = ...
    running = ...
class SyscallName:
    """
    One system call of an ABI.
    """
    @property
    def arguments(self) -> str:
        ...
    @property
    def name(self) -> str:
        ...
    @property
    def number(self) -> int:
        ...
class ProfileField:
    """
    One choice of a memory profile.
    """
    @property
    def choices(self) -> list[str]:
        ...
    @property
    def doc(self) -> str:
        ...
    @property
    def name(self) -> str:
        ...
class HandlerAnswer(enum.Enum):
    """
    What a page-fault handler answers.
    """
    DELIVER = ...
    NOT_IMPLEMENTED = ...
    RETRY = ...
class HandlerDoor:
    """
    What a page-fault handler may do to the kernel, until it returns.
    """
    def allocate_frame(self) -> int:
        ...
    def map_page(self, page: typing.SupportsInt | typing.SupportsIndex, frame: typing.SupportsInt | typing.SupportsIndex, protection: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    def write_frame(self, frame: typing.SupportsInt | typing.SupportsIndex, offset: typing.SupportsInt | typing.SupportsIndex, bytes: bytes) -> None:
        ...
    @property
    def pid(self) -> int:
        ...
class StopReason(enum.Enum):
    """
    Why a run ended.
    """
    budget = ...
    deadlock = ...
    event = ...
    exited = ...
    interrupted = ...
class Stop:
    """
    How a run ended.
    """
    @property
    def event(self) -> int | None:
        ...
    @property
    def instructions(self) -> int:
        ...
    @property
    def reason(self) -> StopReason:
        ...
class LabCore:
    """
    A machine and the kernel on it.
    """
    def __init__(self, libraries: EngineLibraries, abi: str, ram: typing.SupportsInt | typing.SupportsIndex, page_frame_limit: typing.SupportsInt | typing.SupportsIndex, seed: typing.SupportsInt | typing.SupportsIndex, swap_slots: typing.SupportsInt | typing.SupportsIndex, profile: str, fields: collections.abc.Sequence[tuple[str, str]], tracing: AccessTracing, policy: typing.Any) -> None:
        ...
    def add_file(self, path: str, bytes: bytes, permissions: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    def check(self) -> list[str]:
        ...
    def configure(self, text: str) -> None:
        """
        Notes the configuration in the journal.
        """
    def counters(self, pid: typing.SupportsInt | typing.SupportsIndex) -> VmCounters:
        ...
    def entries(self, pid: typing.SupportsInt | typing.SupportsIndex) -> list[EntryRecord]:
        ...
    def error_output(self, pid: typing.SupportsInt | typing.SupportsIndex) -> bytes:
        ...
    def exit_signal(self, pid: typing.SupportsInt | typing.SupportsIndex) -> int:
        ...
    def exit_status(self, pid: typing.SupportsInt | typing.SupportsIndex) -> int:
        ...
    def frame_uses(self) -> bytes:
        """
        One byte a frame: its FrameUse.
        """
    def instructions(self) -> int:
        ...
    def journal_bytes(self, log_hash: str) -> bytes:
        ...
    def mappings(self, pid: typing.SupportsInt | typing.SupportsIndex) -> list[MappingRecord]:
        ...
    def name(self, pid: typing.SupportsInt | typing.SupportsIndex) -> str:
        ...
    def now(self) -> int:
        ...
    def objects(self, pid: typing.SupportsInt | typing.SupportsIndex) -> list[ObjectRecord]:
        """
        The objects that its mappings reach.
        """
    def output(self, pid: typing.SupportsInt | typing.SupportsIndex) -> bytes:
        ...
    def page_frames(self) -> int:
        ...
    def parent(self, pid: typing.SupportsInt | typing.SupportsIndex) -> int:
        """
        pid of the process that forked it; 0 for none.
        """
    def pids(self) -> list[int]:
        ...
    def read(self, pid: typing.SupportsInt | typing.SupportsIndex, address: typing.SupportsInt | typing.SupportsIndex, size: typing.SupportsInt | typing.SupportsIndex) -> bytes:
        ...
    def registers(self, pid: typing.SupportsInt | typing.SupportsIndex) -> Registers:
        ...
    def run(self, budget: typing.SupportsInt | typing.SupportsIndex, stop_at: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], accepts: typing.Any = None, stop_at_index: typing.SupportsInt | typing.SupportsIndex | None = None, stop_at_position: tuple[typing.SupportsInt | typing.SupportsIndex, typing.SupportsInt | typing.SupportsIndex] | None = None) -> Stop:
        ...
    def set_fault_handler(self, handler: typing.Any) -> None:
        ...
    def spawn(self, name: str, elf: bytes, arguments: collections.abc.Sequence[str], environment: collections.abc.Sequence[str], standard_input: bytes) -> int:
        """
        Starts a program and returns its pid.
        """
    def state(self, pid: typing.SupportsInt | typing.SupportsIndex) -> ProcessState:
        ...
    def swap_records(self) -> list[tuple[int, int, int, bool]]:
        """
        What each used slot holds, by slot.
        """
    def swap_slots(self) -> int:
        ...
    def syscall_names(self) -> list[SyscallName]:
        ...
    def tlb_counters(self) -> TlbCounters:
        ...
    def tracer(self) -> Tracer:
        ...
    def trap_frame(self, pid: typing.SupportsInt | typing.SupportsIndex) -> TrapFrame:
        ...
    def usage(self, pid: typing.SupportsInt | typing.SupportsIndex) -> Usage:
        ...
    def vm_counters(self) -> VmCounters:
        ...
    def walk(self, pid: typing.SupportsInt | typing.SupportsIndex, address: typing.SupportsInt | typing.SupportsIndex) -> Walk:
        ...
    def write(self, pid: typing.SupportsInt | typing.SupportsIndex, address: typing.SupportsInt | typing.SupportsIndex, bytes: bytes) -> None:
        ...
def abi_names() -> list[str]:
    ...
def default_profile(abi: str) -> str:
    """
    The memory profile of the system that has this ABI.
    """
def enum_schema() -> list[EnumSchema]:
    """
    The vocabularies of their fields.
    """
def event_schema() -> list[EventSchema]:
    """
    The kinds of events, in the log's order.
    """
def mnemonic_of(vector: typing.SupportsInt | typing.SupportsIndex) -> str:
    """
    "#PF" of 14, and so on; "" when it has none.
    """
def open_engine_libraries(unicorn: os.PathLike[str] | str | bytes, capstone: os.PathLike[str] | str | bytes) -> EngineLibraries:
    """
    Opens both libraries by path; an EngineError says what to install.
    """
def policies() -> list[PolicyInfo]:
    """
    The replacement policies, in the order of the docs.
    """
def profile_fields() -> list[ProfileField]:
    ...
def profile_names() -> list[str]:
    ...
def pushes_error_code(vector: typing.SupportsInt | typing.SupportsIndex) -> bool:
    ...
def read_journal(bytes: bytes) -> list[Input]:
    """
    The inputs in a saved journal; a ValueError says what is wrong with the bytes.
    """
@typing.overload
def simulate(references: ReferenceString, config: SimulationConfig, policy: str, options: PolicyOptions) -> Simulation:
    """
    Runs a policy of the core.
    """
@typing.overload
def simulate(references: ReferenceString, config: SimulationConfig, policy: typing.Any) -> Simulation:
    """
    Runs an instance of vmlab.ReplacementPolicy.
    """
__version__: str = '0.1.0'
