"""Zone sources, and everything that follows from them: tree, servers, addresses.

A source is a master file whose leading comments direct the lab:

    ; lab: sign servers=4 names=[a-d].example.net family=6
    ; about: one line, for people
    ; expect: NAME VERDICT
"""

import pathlib
import re
from dataclasses import dataclass, field

from . import LabError, UsageError

SOURCES = pathlib.Path(__file__).resolve().parent.parent / "zones"

FLAGS = {"sign", "optout", "nods"}
VALUES = {"servers", "names", "family", "parent", "answers", "signatures", "no-glue",
          "glue", "parent-only", "child-only", "ds"}
CHOICES = {
    "family": {"4", "6", "both"},
    "answers": {"servfail", "refused", "silence", "no-soa"},
    "ds": {"wrong", "stray"},
    "signatures": {"good", "expired", "early", "soon", "none", "no-caa"},
}
VERDICTS = {"allowed", "forbidden", "undecided"}


@dataclass
class Server:
    number: int
    name: str
    v4: str | None
    v6: str | None

    @property
    def addresses(self):
        return [a for a in (self.v4, self.v6) if a]


@dataclass
class Zone:
    name: str  # "." or absolute without the final dot
    path: pathlib.Path
    body: str
    options: dict
    about: str = ""
    expect: list = field(default_factory=list)  # (name, verdict, note)
    raw_caa: dict = field(default_factory=dict)  # owner: list of RDATA
    serial: int = 1
    index: int = 0
    parent: "Zone | None" = None
    depth: int = 0
    servers: list = field(default_factory=list)

    @property
    def origin(self):
        return "." if self.name == "." else self.name + "."

    @property
    def signed(self):
        return "sign" in self.options

    @property
    def answers(self):
        return self.options.get("answers", "")

    @property
    def has_ds(self):
        return self.signed and self.parent is not None and "nods" not in self.options

    @property
    def backend(self):
        """Which NSD holds the zone. A server that holds a child never refers, so every level of
        the tree has its own; NSD follows an alias into any zone it holds, so a zone with
        an alias that leads out has its own too."""
        return f"zone {self.name}" if self._leads_out() else f"level {self.depth}"

    def _leads_out(self):
        targets = re.findall(r"\s[CD]NAME\s+(\S+)\.\s*$", self.body, re.M | re.I)
        return any(not self.encloses(target.lower()) for target in targets)

    def encloses(self, name):
        return self.name == "." or name == self.name or name.endswith("." + self.name)


def load(extra=None):
    """Every zone, parents before children: {name: Zone}."""
    zones = _read_folder(SOURCES)
    order = sorted(zones, key=_tree_order)
    if extra is not None:
        added = _read_folder(pathlib.Path(extra))
        order += sorted((n for n in added if n not in zones), key=_tree_order)
        zones.update(added)
    if "." not in zones:
        raise LabError(f"{SOURCES}: root.zone is missing")
    for index, name in enumerate(order, 1):
        zones[name].index = index
    zones = {name: zones[name] for name in sorted(zones, key=_tree_order)}
    for zone in zones.values():
        _place(zone, zones)
        zone.servers = _servers(zone)
    _check_server_names(zones)
    return zones


def host_of(name, zones):
    """The zone that holds the address records of NAME."""
    return max((z for z in zones.values() if z.encloses(name)), key=lambda z: z.depth)


def _tree_order(name):
    return [] if name == "." else name.split(".")[::-1]


def _read_folder(folder):
    if not folder.is_dir():
        raise UsageError(f"{folder}: not a folder of zone files")
    return {z.name: z for z in map(_read, sorted(folder.glob("*.zone")))}


def _read(path):
    name = "." if path.stem == "root" else path.stem.lower()
    if not re.fullmatch(r"\.|([a-z0-9_-]{1,63}\.)*[a-z0-9-]{1,63}", name):
        raise LabError(f"{path}: the file's name is not the name of a zone")
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise LabError(f"{path}: {error}") from None
    zone = Zone(name, path, "", {})
    for number, line in enumerate(text.splitlines(), 1):
        _directive(zone, line, f"{path}:{number}")
    zone.body = _take_raw_caa(zone, _expand(text, path))
    return zone


def _directive(zone, line, where):
    match = re.match(r";\s*(lab|about|expect):\s*(.*)", line)
    if not match:
        return
    kind, rest = match.groups()
    if kind == "about":
        zone.about = f"{zone.about} {rest}".strip()
    elif kind == "expect":
        words = rest.split(None, 2)
        if len(words) < 2 or words[1] not in VERDICTS:
            raise LabError(f"{where}: want 'expect: NAME {'|'.join(sorted(VERDICTS))} [NOTE]'")
        zone.expect.append((words[0], words[1], words[2] if len(words) > 2 else ""))
    else:
        for word in rest.split():
            _option(zone.options, word, where)


def _option(options, word, where):
    key, equals, value = word.partition("=")
    if not equals and key in FLAGS:
        options[key] = True
    elif value and key in VALUES:
        if value not in CHOICES.get(key, {value}):
            raise LabError(f"{where}: {key}= is one of {', '.join(sorted(CHOICES[key]))}, not {value}")
        options[key] = value
    else:
        raise LabError(f"{where}: unknown directive '{word}'; known: "
                       f"{', '.join(sorted(FLAGS) + [v + '=' for v in sorted(VALUES)])}")


def _expand(text, path):
    """BIND's $GENERATE first-last, which neither ldns nor NSD reads."""
    lines = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("$GENERATE"):
            lines.append(line)
            continue
        match = re.match(r"\$GENERATE\s+(\d+)-(\d+)\s+(.*)", line)
        if not match or int(match[2]) - int(match[1]) > 10000:
            raise LabError(f"{path}:{number}: want '$GENERATE FIRST-LAST RECORD', 10,000 at most")
        lines += [match[3].replace("$", str(i)) for i in range(int(match[1]), int(match[2]) + 1)]
    return "\n".join(lines) + "\n"


def _take_raw_caa(zone, text):
    """NSD refuses CAA RDATA that it cannot read; dnsdist answers with it instead."""
    def take(match):
        owner, length, digits = match.groups()
        rdata = bytes.fromhex(digits)
        if len(rdata) != int(length) or zone.signed:
            raise LabError(f"{zone.path}: {match[0].strip()}: " + (
                "TYPE257 is for unsigned zones: nothing signs it" if zone.signed
                else f"length {length}, but {len(rdata)} octets"))
        name = zone.name if owner == "@" else f"{owner}.{zone.name}"
        zone.raw_caa.setdefault(name, []).append(rdata)
        return f'{owner} IN TXT "this name\'s CAA records come from dnsdist"'

    return re.sub(r"^([^\s;]+)\s+(?:\d+\s+)?(?:IN\s+)?TYPE257\s+\\#\s+(\d+)\s*((?:[0-9a-fA-F]{2})*)\s*$",
                  take, text, flags=re.M)


def _place(zone, zones):
    if zone.name == ".":
        return
    labels = zone.name.split(".")
    above = [".".join(labels[i:]) for i in range(1, len(labels))] + ["."]
    zone.parent = zones[next(n for n in above if n in zones)]
    zone.depth = zone.parent.depth + 1
    wanted = zone.options.get("parent")
    if wanted and wanted != zone.parent.name:
        raise LabError(f"{zone.path}: parent={wanted}, but the zone above it is {zone.parent.name}")


def _servers(zone):
    if zone.index > 511:
        raise LabError(f"{zone.path}: more than 511 zones")
    family = zone.options.get("family", "both")
    return [Server(number, name,
                   None if family == "6" else f"198.{18 + zone.index // 256}.{zone.index % 256}.{number}",
                   None if family == "4" else f"2001:db8:{zone.index}::{number}")
            for number, name in enumerate(_server_names(zone), 1)]


def _server_names(zone):
    if "names" in zone.options:
        names = [n for word in zone.options["names"].lower().split(",") for n in _letters(word, zone)]
        if "servers" in zone.options and zone.options["servers"] != str(len(names)):
            raise LabError(f"{zone.path}: servers={zone.options['servers']}, but {len(names)} names")
        return names
    count = zone.options.get("servers", "2")
    if not count.isdigit() or not 1 <= int(count) <= 99:
        raise LabError(f"{zone.path}: servers= is a number from 1 to 99, not {count}")
    return [f"ns{i}.{zone.name}" for i in range(1, int(count) + 1)]


def _letters(word, zone):
    """[a-m].example.net: thirteen names."""
    match = re.fullmatch(r"\[([a-z])-([a-z])\](.*)", word)
    if match:
        return [chr(c) + match[3] for c in range(ord(match[1]), ord(match[2]) + 1)]
    if not re.fullmatch(r"[a-z0-9.-]+", word):
        raise LabError(f"{zone.path}: names={word}: not a host name")
    return [word]


def _check_server_names(zones):
    seen = {}
    for zone in zones.values():
        for server in zone.servers:
            if server.name in seen:
                raise LabError(f"{zone.path}: {server.name} already serves {seen[server.name]}; "
                               "every server serves one zone here, so that a fault hits one zone")
            seen[server.name] = zone.name
            if host_of(server.name, zones).name == ".":
                raise LabError(f"{zone.path}: no zone holds the addresses of {server.name}")
