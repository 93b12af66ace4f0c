"""`lab stats`: what arrived at each server."""

import json

from . import console, silence

COUNTS = ("udp", "tcp", "faulted", "lost")


def read(reset=False):
    folder = console.state()
    world = console.world(folder)
    counted = {words[0]: list(map(int, words[1:])) for words in
               map(str.split, console.call(folder, f"labStats({str(reset).lower()})")) if words}
    lost = silence.lost()
    if reset:
        silence.reset([a for zone in world.values() for s in zone["servers"] for a in s["addresses"]])
    servers = []
    for zone, known in world.items():
        for server in known["servers"]:
            for address in server["addresses"]:
                counts = counted.get(address, [0, 0, 0]) + [lost.get(address, 0)]
                servers.append({"zone": zone, "number": server["number"], "name": server["name"],
                                "address": address, **dict(zip(COUNTS, counts))})
    return servers


def per_zone(servers):
    zones = {}
    for server in servers:
        total = zones.setdefault(server["zone"], dict.fromkeys(COUNTS, 0))
        for key in COUNTS:
            total[key] += server[key]
    return zones


def as_json(servers):
    return json.dumps({"servers": servers, "zones": per_zone(servers)}, indent=1)


def as_text(servers):
    used = [s for s in servers if any(s[key] for key in COUNTS)]
    zones = {z: t for z, t in per_zone(used).items()}
    rows = [(s["zone"], s["name"], s["address"], *(str(s[k]) for k in COUNTS)) for s in used]
    rows += [(z, "(all)", "", *(str(t[k]) for k in COUNTS)) for z, t in zones.items()]
    if not rows:
        return "no query has arrived yet"
    return table([("zone", "server", "address", *COUNTS)] + rows, right=3)


def table(rows, right=99):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.rjust(w) if i >= right else cell.ljust(w)
                               for i, (cell, w) in enumerate(zip(row, widths))).rstrip() for row in rows)
