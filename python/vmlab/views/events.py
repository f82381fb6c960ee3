# SPDX-License-Identifier: GPL-2.0-only
"""Records of the log as a table and as a data frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from vmlab.event_log import Log
from vmlab.event_record import EventRecord
from vmlab.event_schema import HEADER, Kind, kinds
from vmlab.views.render import table

if TYPE_CHECKING:
    import pandas

_COMMON = ["index", "time", "pid", "name"]


def events_table(events: Iterable[EventRecord]) -> Any:
    """A row a record."""
    shown = table("event", "time", "pid", "name", "fields", right=("event", "time", "pid"))
    for event in events:
        fields = str(event).split(" ", 2)[2]
        shown.add_row(str(event.index), str(event.time), str(event.pid), event.name, fields)
    return shown


def import_pandas() -> Any:
    """pandas, or an ImportError that says how to get it."""
    try:
        import pandas
    except ModuleNotFoundError as error:
        message = "data frames need pandas: pip install 'vmlab[notebook]'"
        raise ModuleNotFoundError(message, name=error.name) from error
    return pandas


def events_to_pandas(log: Log, indices: Sequence[int]) -> pandas.DataFrame:
    """Words of vocabularies become categories; what a kind does not have is missing."""
    pd = import_pandas()
    there = {HEADER.unpack_from(log.records.record(index))[2] for index in indices}
    frames = [_frame_of_kind(pd, log, kinds()[number], indices) for number in sorted(there)]
    if not frames:
        return pd.DataFrame(columns=_COMMON)
    if len(frames) == 1:
        return frames[0].reset_index(drop=True)
    # A column that some rows lack needs the type that can say so.
    mixed = pd.concat([frame.astype(_with_missing(frame)) for frame in frames])
    return mixed.sort_values("index").reset_index(drop=True)


def _with_missing(frame: Any) -> dict[str, str]:
    """For each column of integers the type of pandas that knows missing values: UInt32 for uint32."""
    names = {"u": "UInt", "i": "Int"}
    return {
        column: f"{names[kind.kind]}{8 * kind.itemsize}"
        for column, kind in frame.dtypes.items()
        if getattr(kind, "kind", "") in names and column not in _COMMON
    }


def _frame_of_kind(pd: Any, log: Log, kind: Kind, indices: Sequence[int]) -> Any:
    import numpy

    rows = numpy.frombuffer(log.records.rows(kind.number), dtype=kind.dtype())
    if not (isinstance(indices, range) and indices == range(log.records.count())):
        rows = rows[numpy.isin(rows["index"], numpy.fromiter(indices, dtype="u8", count=len(indices)))]
    frame = pd.DataFrame({"index": rows["index"], "time": rows["time"], "pid": rows["pid"], "name": kind.name})
    for field in kind.fields:
        values = rows[field.name]
        frame[field.name] = pd.Categorical.from_codes(values, field.words) if field.words else values
    return frame


def maybe_missing(pd: Any, values: Sequence[int | None]) -> Any:
    """uint32, or the type of pandas that knows missing values where there are some."""
    return pd.array(values, dtype="UInt32" if None in values else "uint32")
