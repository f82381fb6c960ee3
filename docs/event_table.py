# SPDX-License-Identifier: GPL-2.0-only
"""The page of events, made from src/cpp/trace/events.def, the one list of them."""

import re

_ENTRY = re.compile(r'^VMLAB_(ENUM|VALUE|EVENT|FIELD)\(([^"]*), "(.*)"\)$')

_HEAD = """# Events

Everything that the log can say, from `src/cpp/trace/events.def`. Each record also carries the simulated time and the
pid of the process (0: none). In Python an event has these names: `event.name`, `event.address`.
"""


def event_page(definitions: str) -> str:
    """Markdown for the text of events.def. Raises ValueError for a line that it cannot read."""
    events, enums = [], []
    for line in definitions.splitlines():
        if not line.startswith(("VMLAB_ENUM", "VMLAB_VALUE", "VMLAB_EVENT", "VMLAB_FIELD")):
            continue
        entry = _ENTRY.match(line)
        if entry is None:
            raise ValueError(f"events.def: cannot read {line!r}")
        keyword, doc = entry[1], entry[3]
        names = entry[2].split(", ")
        if keyword == "EVENT":
            events += ["", f"### {names[1]}", "", f"{doc}.", "", "| field | type | what |", "|---|---|---|"]
        elif keyword == "FIELD":
            events.append(f"| `{names[2]}` | {_type(names[1])} | {doc} |")
        elif keyword == "ENUM":
            enums += ["", f"### {names[1]}", "", f"{doc}.", "", "| value | meaning |", "|---|---|"]
        else:
            enums.append(f"| `{names[2]}` | {doc} |")
    return "\n".join([_HEAD, "## Records", *events, "", "## Vocabulary", *enums, ""])


def _type(name: str) -> str:
    """NUMBER as `number`; an enum's type as a link to its values."""
    if name.isupper():
        return name.lower()
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    return f"[{snake}](#{snake})"
