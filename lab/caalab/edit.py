"""`lab publish`: a zone changes while its servers run."""

import os
import pathlib
import re
import shutil
import signal
import time

from . import LabError, UsageError, build, console, fault, model, wire, world

SECONDS = 15  # until NSD has to have read it


def zone_file(state, name):
    """What NSD reads: a link into the cache, until it is changed."""
    return pathlib.Path(state) / "zones" / ("root" if name == "." else name)


def publish(name, text):
    state, name = console.state(), fault.canonical(name)
    if name not in console.world(state):
        raise UsageError(f"{name}: not a zone of this lab; 'lab zones' lists them")
    zones = model.load(console.extra_zones())
    zone = zones[name]
    record = state / "zones" / f"{zone_file(state, name).name}.published"
    sets = (record.read_text().split("\0") if record.exists() else []) + [text]
    for one in sets:
        zone.body = _replaced(zone, one)
    _count_up(zone, len(sets))
    files, _ = build.build(zones, build.cache_folder())
    made = zone_file(state, name).with_suffix(".new")
    shutil.copyfile(files[name], made)  # with a time of its own, by which NSD sees that it is new
    os.rename(made, zone_file(state, name))
    record.write_text("\0".join(sets))
    nsd, _ = world.backends(zones)[zone.backend]
    os.kill(int((state / f"{nsd}.pid").read_text()), signal.SIGHUP)
    _await(zone)


def _count_up(zone, by):
    """A zone file may have a SOA of its own."""
    own = re.search(r"(\sSOA\s+\S+\s+\S+\s+)(\d+)(?=\s)", zone.body, re.I)
    zone.serial = int(own[2] if own else 1) + by
    if own:
        zone.body = zone.body[:own.start(2)] + str(zone.serial) + zone.body[own.end(2):]


def _replaced(zone, text):
    """The zone's body with these records, and without others of their owners and types."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(";")]
    keys = {_key(zone, line) for line in lines}
    if None in keys or not keys:
        raise UsageError("want records, one a line: OWNER [TTL] [IN] TYPE RDATA")
    kept = [line for line in zone.body.splitlines() if _key(zone, line) not in keys]
    return "\n".join(kept + lines) + "\n"


def _key(zone, line):
    match = re.match(r"([^\s;]+)\s+(?:\d+\s+)?(?:IN\s+)?([A-Z][A-Z0-9]*)\s", line, re.I)
    if not match:
        return None
    owner = match[1].lower()
    full = zone.origin if owner == "@" else owner if owner.endswith(".") else f"{owner}.{zone.origin.lstrip('.')}"
    return full, match[2].upper()


def _await(zone):
    """Until each of its servers has the new serial number."""
    deadline = time.monotonic() + SECONDS
    for address in (a for server in zone.servers for a in server.addresses):
        while wire.serial(address, zone.name) != zone.serial:
            if time.monotonic() > deadline:
                raise LabError(f"{zone.name}: {address} does not serve what was published")
            time.sleep(0.05)
