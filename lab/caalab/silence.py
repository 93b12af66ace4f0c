"""Servers that are silent, on UDP and TCP: nftables, because dnsdist can only close TCP."""

import json
import time

from .console import tool

TABLE = "inet lab"


def table(zones):
    """The table at start. Every lost packet is counted in an element of lost4 or lost6."""
    addresses = [a for z in zones for s in z.servers for a in s.addresses]
    silent = [a for z in zones if z.answers == "silence" for s in z.servers for a in s.addresses]
    lines = [f"add table {TABLE}",
             f"add chain {TABLE} lost",
             f"add chain {TABLE} input {{ type filter hook input priority 0; policy accept; }}"]
    for family, kind, name in (("ip", "ipv4_addr", "4"), ("ip6", "ipv6_addr", "6")):
        lines += [f"add set {TABLE} lost{name} {{ type {kind}; counter; }}",
                  f"add set {TABLE} silent{name} {{ type {kind}; }}",
                  f"add rule {TABLE} lost {family} daddr @lost{name} drop",
                  f"add rule {TABLE} input {family} daddr @silent{name} jump lost"]
        lines += _elements(f"lost{name}", addresses, name) + _elements(f"silent{name}", silent, name)
    return "\n".join(lines) + "\n"


def _elements(name, addresses, family, more=""):
    members = ", ".join(a + more for a in addresses if (":" in a) == (family == "6"))
    return [f"add element {TABLE} {name} {{ {members} }}"] if members else []


def add(zone, addresses, share, seconds):
    """Lose SHARE of the packets to ADDRESSES, for SECONDS (0: until cleared)."""
    chain, unique = _chain(zone), time.monotonic_ns()
    dice = "" if share >= 1 else f"numgen random mod 1000 < {round(share * 1000)} "
    # a connection that stands is not cut by a share: its SYN had its throw of the dice
    tcp = "tcp dport 53 " + (f"tcp flags & (syn | ack) == syn {dice}" if dice else "")
    timeout = f" timeout {round(seconds * 1000)}ms" if seconds else ""
    lines = [] if _exists(chain) else [f"add chain {TABLE} {chain}", f"add rule {TABLE} input jump {chain}"]
    for family, kind, name in (("ip", "ipv4_addr", "4"), ("ip6", "ipv6_addr", "6")):
        group = f"f{unique}_{name}"
        lines += [f"add set {TABLE} {group} {{ type {kind}; flags timeout; }}",
                  *_elements(group, addresses, name, timeout),
                  f"add rule {TABLE} {chain} {family} daddr @{group} udp dport 53 {dice}jump lost",
                  f"add rule {TABLE} {chain} {family} daddr @{group} {tcp}jump lost"]
    tool(["nft", "-f", "-"], "\n".join(lines) + "\n")


def clear(zone=None):
    chains = [_chain(zone)] if zone else [n for n in _chains() if n.startswith("zone_")]
    tool(["nft", "-f", "-"], "".join(f"flush chain {TABLE} {c}\n" for c in chains if zone is None or _exists(c)))


def lost():
    """{address: packets lost}"""
    counts = {}
    for name in ("lost4", "lost6"):
        for element in _json("list", "set", "inet", "lab", name)[0]["set"].get("elem", []):
            counts[element["elem"]["val"]] = element["elem"]["counter"]["packets"]
    return counts


def reset(addresses):
    lines = [f"flush set {TABLE} lost4", f"flush set {TABLE} lost6",
             *_elements("lost4", addresses, "4"), *_elements("lost6", addresses, "6")]
    tool(["nft", "-f", "-"], "\n".join(lines) + "\n")


def _chain(zone):
    return "zone_" + ("root" if zone == "." else zone.replace("-", "_"))


def _chains():
    return [entry["chain"]["name"] for entry in _json("list", "chains")]


def _exists(chain):
    return chain in _chains()


def _json(*words):
    return [e for e in json.loads(tool(["nft", "-j", *words]))["nftables"] if "metainfo" not in e]
