"""Zone files as the servers get them: derived records, signatures, a cache.

Keys are kept per zone, signed zones per hash of what was signed: one more
customer zone costs two runs of the signer, its own and its parent's.
"""

import concurrent.futures
import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import subprocess
import tempfile
import time

from . import LabError
from .model import host_of

DAY = 86400
SKEW = 3600  # signatures begin so much earlier
HEADER = 3  # lines before the source's own in a rendered zone
VALID, RENEW, FORGET = 30 * DAY, 5 * DAY, 10 * DAY
# From when to when a zone is signed, and how long it may then come from the cache
PERIODS = {
    "expired": (-VALID, -10 * DAY, RENEW),
    "early": (10 * DAY, 10 * DAY + VALID, RENEW),
    "soon": (-VALID, DAY * 3 // 4, DAY // 2),
}
SOA = "@ 900 IN SOA {mname}. hostmaster.{zone} {serial} 7200 900 1209600 900"


def cache_folder():
    """$CAA_LAB_CACHE, else ~/.cache/caa-lab, else a private folder in /tmp."""
    if os.environ.get("CAA_LAB_CACHE"):
        return pathlib.Path(os.environ["CAA_LAB_CACHE"]).absolute()
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    with contextlib.suppress(OSError):
        os.makedirs(base, mode=0o700, exist_ok=True)
        if os.access(base, os.W_OK):
            return pathlib.Path(base) / "caa-lab"
    private = pathlib.Path(tempfile.gettempdir()) / f"caa-lab-cache-{os.getuid()}"
    private.mkdir(mode=0o700, exist_ok=True)
    if private.stat().st_uid != os.getuid():
        raise LabError(f"{private}: belongs to somebody else; set CAA_LAB_CACHE")
    return private


def build(zones, folder):
    """Zone files for all ZONES in FOLDER: ({zone name: path}, trust anchor text)."""
    try:
        (folder / "keys").mkdir(parents=True, exist_ok=True)
        (folder / "zones").mkdir(exist_ok=True)
        with open(folder / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return _build(zones, folder)
    except OSError as error:
        raise LabError(f"cache {folder}: {error}") from None


def _build(zones, folder):
    tools = _tool_version()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        signed = [z for z in zones.values() if z.signed]
        keys = dict(zip((z.name for z in signed), pool.map(lambda z: _keys(z, folder / "keys"), signed)))
        files = list(pool.map(lambda z: _zone_file(z, zones, keys, folder / "zones", tools), zones.values()))
    _forget_old(folder / "zones")
    owner, _, kind, flags, protocol, algorithm, *key = _dnskey(keys["."][0]).split()
    return dict(zip(zones, files)), f"{owner} 86400 IN {kind} {flags} {protocol} {algorithm} {''.join(key)}\n"


def _tool_version():
    return _run("dnssec-signzone", "-V").strip()


def _run(*command, cwd=None):
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    except FileNotFoundError:
        raise LabError(f"{command[0]}: not found; lab/PACKAGES lists the Debian packages") from None
    if done.returncode:
        raise LabError(f"{' '.join(map(str, command))}: {(done.stderr or done.stdout).strip()}")
    return done.stdout + done.stderr


def _keys(zone, folder):
    """Base names of the zone's KSK and ZSK, made once."""
    home = folder / _label(zone)
    home.mkdir(exist_ok=True)
    for role, flag in (("ksk", ["-f", "KSK"]), ("zsk", [])):
        if not (home / role).exists():
            made = _run("dnssec-keygen", "-q", "-a", "13", *flag, "-K", str(home), zone.origin).split()[0]
            (home / role).write_text(made)
    return [home / (home / role).read_text() for role in ("ksk", "zsk")]


def _label(zone):
    return "root" if zone.name == "." else zone.name


def _dnskey(base):
    lines = pathlib.Path(f"{base}.key").read_text().splitlines()
    return next(line for line in lines if not line.startswith(";"))


def _ds(base):
    path = pathlib.Path(f"{base}.ds")
    if not path.exists():
        path.write_text(_run("dnssec-dsfromkey", "-2", f"{base}.key"))
    return path.read_text().strip()


def _zone_file(zone, zones, keys, folder, tools):
    text = render(zone, zones, keys)
    how = [text, tools, zone.options.get("signatures", "good"), str("optout" in zone.options)]
    digest = hashlib.sha256("\0".join(how).encode()).hexdigest()[:20]
    path = folder / f"{_label(zone)}.{digest}"
    with contextlib.suppress(FileNotFoundError):
        if -SKEW < time.time() - path.stat().st_mtime < _period(zone)[2]:
            return path
    raw = path.with_name(path.name + ".unsigned")
    raw.write_text(text)
    if zone.signed:
        _sign(zone, raw, keys[zone.name])
    os.rename(raw, path)
    return path


def _period(zone):
    return PERIODS.get(zone.options.get("signatures"), (-SKEW, VALID, RENEW))


def _sign(zone, path, keys):
    start, end = (f"now{seconds:+d}" for seconds in _period(zone)[:2])
    # ldns-signzone would set the opt-out flag and still cover insecure delegations
    denial = ["-3", "-", "-H", "0", "-A"] if "optout" in zone.options else []
    out = path.with_name(path.name + ".signed")
    try:
        _run("dnssec-signzone", "-P", "-x", "-O", "full", *denial, "-s", start, "-e", end,
             "-o", zone.origin, "-f", str(out), "-d", str(path.parent), str(path), *map(str, keys))
    except LabError as error:
        raise LabError(in_source(zone, str(error))) from None
    os.rename(out, path)
    _strip(zone, path)


def in_source(zone, message):
    """What a tool says of line N of the rendered zone, as said of the source."""
    match = re.search(r":(\d+): ([^;|\n]+)", message)
    if not match:
        return f"{zone.path}: {message}"
    line = "" if "$GENERATE" in zone.path.read_text() else f":{int(match[1]) - HEADER}"
    return f"{zone.path}{line}: {match[2].strip()}"


def _strip(zone, path):
    """Take out the signatures that the zone is to lack."""
    lacking = {"none": r"\S+\s+\d+\s+IN\s+RRSIG\s", "no-caa": r"\S+\s+\d+\s+IN\s+RRSIG\s+CAA\s"}
    pattern = lacking.get(zone.options.get("signatures"))
    if pattern:
        kept = [line for line in path.read_text().splitlines(True) if not re.match(pattern, line)]
        path.write_text("".join(kept))


def _forget_old(folder):
    for path in folder.iterdir():
        if time.time() - path.stat().st_mtime > FORGET:
            path.unlink(missing_ok=True)


def render(zone, zones, keys):
    """The unsigned zone: its source, its own NS, its hosts, its delegations."""
    own_soa = re.search(r"^\S+\s+(\d+\s+)?(IN\s+)?SOA\s", zone.body, re.M | re.I)
    soa = ";" if own_soa else SOA.format(mname=zone.servers[0].name, zone=zone.origin, serial=zone.serial)
    lines = [f"$ORIGIN {zone.origin}", "$TTL 3600", soa]
    assert len(lines) == HEADER
    lines.append(zone.body)
    lines.append(f"$ORIGIN {zone.origin}")
    ttl = 172800 if zone.depth < 2 else 3600
    lines += [f"{zone.origin} {ttl} IN NS {name}." for name in _ns_names(zone, "child-only")]
    lines += [_dnskey(base) for base in keys.get(zone.name, [])]
    for server in zone.servers:
        # as the root does for its servers, and net for its: addresses below a cut, for referrals
        if zone.encloses(server.name) and host_of(server.name, zones) is not zone:
            lines += _address_records(server, ttl)
    for other in zones.values():
        lines += _addresses_held(zone, other, zones)
        if other.parent is zone:
            lines += _delegation(other, zones, keys)
    return "\n".join(lines) + "\n"


def _addresses_held(zone, other, zones):
    return [line for server in other.servers if host_of(server.name, zones) is zone
            for line in _address_records(server)]


def _ns_names(zone, only):
    """Its servers, and the names that stand only here: in the zone, or in its parent."""
    return [s.name for s in zone.servers] + [n for n in zone.options.get(only, "").lower().split(",") if n]


def _delegation(zone, zones, keys):
    lines = [f"{zone.origin} 172800 IN NS {name}." for name in _ns_names(zone, "parent-only")]
    if zone.has_ds and zone.options.get("ds") != "wrong":
        lines.append(_ds(keys[zone.name][0]))
    if "ds" in zone.options:
        lines.append(f"{zone.origin} 172800 IN DS 4711 13 2 {hashlib.sha256(b'nobody').hexdigest()}")
    for word in filter(None, zone.options.get("glue", "").lower().split(",")):
        name, _, address = word.partition("/")
        lines.append(f"{name}. 172800 IN {'AAAA' if ':' in address else 'A'} {address}")
    missing = set(zone.options.get("no-glue", "").lower().split(","))
    for server in zone.servers:
        if zone.parent.encloses(server.name) and host_of(server.name, zones) is not zone.parent:
            lines += [line for line in _address_records(server, 172800)
                      if f"{server.name}/{line.split()[3].lower()}" not in missing]
    return lines


def _address_records(server, ttl=86400):
    pairs = (("A", server.v4), ("AAAA", server.v6))
    return [f"{server.name}. {ttl} IN {kind} {address}" for kind, address in pairs if address]
