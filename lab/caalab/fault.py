"""`lab fault` and `lab clear`."""

import ipaddress
import re

from . import UsageError, console, silence

KINDS = ("servfail", "refused", "drop", "delay=MS", "truncate", "noerror-empty", "no-soa", "bad-signature",
         "formerr", "lame", "no-aa", "no-edns", "old-serial", "other-caa",
         "forged-referral=ADDRESS", "forged-glue=ADDRESS", "permissive")
TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28, "DNAME": 39,
         "DS": 43, "RRSIG": 46, "NSEC": 47, "DNSKEY": 48, "NSEC3": 50, "CAA": 257}


def add(zone, servers, kind, share, qtype, seconds, over=None, edns=False):
    folder = console.state()
    known = _zone(console.world(folder), zone)
    numbers = _numbers(servers, len(known["servers"]))
    name, delay, address = _kind(kind)
    share, seconds, code = _share(share), _seconds(seconds), _type(qtype)
    if name == "drop" and not code and not over and not edns:
        addresses = [a for s in known["servers"] if s["number"] in numbers for a in s["addresses"]]
        silence.add(canonical(zone), addresses, share, seconds)
        return
    udp_only = "true" if name in ("delay", "truncate") else "false"
    console.call(folder, f'labFault("{canonical(zone)}", {{kind="{name}", delay={delay}, address={{{address}}}, share={share}, qtype={code}, '
                         f'seconds={seconds}, udpOnly={udp_only}, over="{over or "any"}", edns={"true" if edns else "false"}, '
                         f'numbers={{{",".join(map(str, numbers))}}}}})')


def clear(zone):
    folder = console.state()
    if zone is not None:
        _zone(console.world(folder), zone)
        zone = canonical(zone)
    silence.clear(zone)
    console.call(folder, f'labClear("{zone}")' if zone else "labClear()")


def canonical(zone):
    return zone if zone == "." else zone.lower().rstrip(".")


def _zone(world, zone):
    if canonical(zone) not in world:
        raise UsageError(f"{zone}: not a zone of this lab; 'lab zones' lists them")
    return world[canonical(zone)]


def _numbers(text, count):
    """1-12 or 1,3,5-7 or all."""
    if text == "all":
        return list(range(1, count + 1))
    numbers = set()
    for word in text.split(","):
        match = re.fullmatch(r"(\d{1,3})(?:-(\d{1,3}))?", word)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= first <= last <= count:
            raise UsageError(f"--servers {text}: want numbers from 1 to {count}, such as 1-{count} or 1,2")
        numbers |= set(range(first, last + 1))
    return sorted(numbers)


def _kind(text):
    """The kind, milliseconds, and the octets of an address, with commas."""
    match = re.fullmatch(r"delay=(\d{1,5})", text)
    if match:
        return "delay", int(match[1]), ""
    name, _, address = text.partition("=")
    if name in ("forged-referral", "forged-glue"):
        return name, 0, ",".join(map(str, _address(text, address)))
    if text not in KINDS or text == "delay=MS":
        raise UsageError(f"--kind {text}: want one of {', '.join(KINDS)}")
    return text, 0, ""


def _address(kind, text):
    try:
        return ipaddress.IPv4Address(text).packed
    except ValueError as error:
        raise UsageError(f"--kind {kind}: want an IPv4 address after =, such as 198.18.3.1") from error


def _share(text):
    if not re.fullmatch(r"0*(\d|\d?\.\d+)", text) or not 0 < float(text) <= 1:
        raise UsageError(f"--share {text}: want a number above 0, up to 1")
    return float(text)


def _seconds(text):
    if text is None:
        return 0
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m)?", text)
    seconds = float(match[1]) * {"ms": 0.001, "s": 1, None: 1, "m": 60}[match[2]] if match else 0
    if not 0.001 <= seconds <= 86400:
        raise UsageError(f"--for {text}: want a time such as 3s, 500ms or 2m")
    return seconds


def _type(text):
    if text is None:
        return 0
    match = re.fullmatch(r"TYPE(\d{1,5})", text.upper())
    code = int(match[1]) if match else TYPES.get(text.upper(), 0)
    if not 0 < code < 65536:
        raise UsageError(f"--qtype {text}: want {', '.join(TYPES)} or TYPEn")
    return code
