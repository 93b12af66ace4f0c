"""answers_from_zones.py FOLDER NAME...: an answers file (caa check --answers) that says of these
names what the lab's zones say.

Read are the zone sources: CAA and CNAME lines as they are, with full owner names. An answers file
has no wildcards and no DNAMEs, so what they give is written out for each of the names and their
ancestors. Zones whose servers or signatures fail become outcomes. What an answers file cannot say
is printed after `# cannot be said:`, one name a line."""

import pathlib
import re
import sys

FAILURE = {"servfail": "!SERVFAIL", "refused": "!REFUSED", "silence": "!TIMEOUT"}
SIGNATURES = {"expired": "!BOGUS(signature expired)", "none": "!BOGUS(no signatures)"}
TYPES = ("CAA", "CNAME", "DNAME", "TYPE257")


class Zone:
    def __init__(self, path):
        self.origin = "" if path.stem == "root" else path.stem
        self.options = {}
        self.records = {}  # owner: {type: [rdata]}; every owner, whatever its type
        for line in expanded(path.read_text().splitlines()):
            directive = re.match(r";\s*lab:(.*)", line)
            if directive:
                self.options.update(word.partition("=")[::2] for word in directive[1].split())
            elif line.strip() and not line.startswith(";"):
                self.add(line)

    def add(self, line):
        owner, _, rest = line.partition(" ")
        rest = re.sub(r"^\s*(\d+\s+)?(IN\s+)?", "", rest)
        kind, rdata = rest.split(None, 1)
        self.records.setdefault(self.full(owner), {}).setdefault(kind, []).append(rdata.strip())

    def full(self, name):
        if name == "@":
            return self.origin
        return name[:-1] if name.endswith(".") else f"{name}.{self.origin}".rstrip(".")

    def encloses(self, name):
        return self.origin == "" or name == self.origin or name.endswith("." + self.origin)

    def exists(self, name):
        return any(owner == name or owner.endswith("." + name) for owner in self.records)

    def wildcard_for(self, name):
        """The records of the wildcard that a name which does not exist is synthesized from."""
        while name != self.origin:
            name = parent(name)
            if name == self.origin or self.exists(name):
                return self.records.get("*." + name, {})
        return {}

    def dname_above(self, name):
        for owner, kinds in self.records.items():
            if "DNAME" in kinds and name.endswith("." + owner):
                return owner, self.full(kinds["DNAME"][0])
        return None


def expanded(lines):
    """The lines with $GENERATE written out."""
    for line in lines:
        generate = re.match(r"\$GENERATE\s+(\d+)-(\d+)\s+(.*)", line)
        if not generate:
            yield line
            continue
        for i in range(int(generate[1]), int(generate[2]) + 1):
            yield generate[3].replace("$", str(i))


def parent(name):
    return name.partition(".")[2]


def with_ancestors(name):
    while name:
        yield name
        name = parent(name)


def lines_for(name, zone):
    """The answers file's lines for one name, and the target of its alias or None."""
    failure = FAILURE.get(zone.options.get("answers")) or SIGNATURES.get(zone.options.get("signatures"))
    if failure:
        return [f"{name}. {failure}"], None
    if zone.dname_above(name):
        owner, target = zone.dname_above(name)
        target = name[: -len(owner)] + target
        return [f"{name}. CNAME {target}."], target
    exists = zone.exists(name) or name == zone.origin
    kinds = zone.records.get(name, {}) if exists else zone.wildcard_for(name)
    caa = kinds.get("CAA", []) + kinds.get("TYPE257", [])
    if caa and zone.options.get("signatures") == "no-caa":
        return [f"{name}. !BOGUS(no signature for the CAA set)"], None
    if zone.options.get("answers") == "no-soa" and not caa:
        return None, None
    if "CNAME" in kinds:
        target = zone.full(kinds["CNAME"][0])
        return [f"{name}. CNAME {target}."], target
    if not caa and not exists and not kinds:
        return [f"{name}. !NXDOMAIN"], None
    return [f"{name}. CAA {rdata}" for rdata in caa] or [f"{name}. !NODATA"], None


def main(folder, names):
    zones = [Zone(path) for path in sorted(pathlib.Path(folder).glob("*.zone"))]
    # A delegation is a name of the zone above.
    for zone in zones:
        above = max((z for z in zones if z is not zone and z.encloses(zone.origin)),
                    key=lambda z: len(z.origin), default=None)
        if above is not None:
            above.records.setdefault(zone.origin, {})
    unsayable = []
    seen = set()
    todo = [level for name in names for level in with_ancestors(name.removeprefix("*."))]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        zone = max((z for z in zones if z.encloses(name)), key=lambda z: len(z.origin))
        lines, target = lines_for(name, zone)
        if lines is None:
            unsayable.append(name)
            continue
        print("\n".join(lines))
        if target:
            todo.append(target)
    for name in sorted(unsayable):
        print("# cannot be said:", name)


main(sys.argv[1], sys.argv[2:])
