"""Arguments and subcommands of lab/lab."""

import argparse
import json
import pathlib
import sys

from . import LabError, UsageError, console, fault, stats

# What only some commands need is imported by them: faults are made and ended many times in a scenario.


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise UsageError(f"{message}; see '{self.prog} --help'")


def main(arguments):
    try:
        options = _parser().parse_args(arguments)
        return options.call(options) or 0
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return error.status


def _parser():
    parser = Parser(prog="lab", description="A DNS world on loopback, in a network namespace of its own.",
                    allow_abbrev=False)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(name, call, text):
        made = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        made.set_defaults(call=call)
        return made

    run = command("run", _run, "Bring the world up, run COMMAND in it, tear it down; exit with COMMAND's status.")
    run.add_argument("--zones", metavar="DIR", help="add DIR/*.zone, or replace zones of the same name")
    run.add_argument("--verbose", action="store_true", help="say how long it took to come up")
    run.add_argument("command", metavar="-- COMMAND", nargs=argparse.REMAINDER)

    break_ = command("fault", _fault, "Inside the lab: make servers of ZONE fail.")
    break_.add_argument("zone", metavar="ZONE")
    break_.add_argument("--kind", required=True, metavar="KIND", help=", ".join(fault.KINDS))
    break_.add_argument("--servers", default="all", metavar="N-M", help="which of its servers (default: all)")
    break_.add_argument("--share", default="1", metavar="P", help="share of the queries, at random (default: 1)")
    break_.add_argument("--qtype", metavar="TYPE", help="queries of this type only")
    break_.add_argument("--over", choices=("udp", "tcp"), help="queries over this transport only")
    break_.add_argument("--edns", action="store_true", help="queries with EDNS and DO only")
    break_.add_argument("--for", dest="seconds", metavar="TIME", help="ends by itself: 3s, 500ms, 2m")

    clear = command("clear", lambda o: fault.clear(o.zone), "Inside the lab: end the faults (of ZONE).")
    clear.add_argument("zone", metavar="ZONE", nargs="?")

    publish = command("publish", _publish,
                      "Inside the lab: put the records on standard input into ZONE, in place of those of the same "
                      "owner and type.")
    publish.add_argument("zone", metavar="ZONE")

    count = command("stats", _stats, "Inside the lab: queries per server and per zone.")
    count.add_argument("--json", action="store_true")
    count.add_argument("--reset", action="store_true", help="count from zero after this")

    zones = command("zones", _zones, "The zones: what they hold and the verdict for letsencrypt.org.")
    zones.add_argument("--zones", metavar="DIR", help="with DIR/*.zone")
    zones.add_argument("--json", action="store_true")
    zones.add_argument("--markdown", action="store_true", help="the table of README.md")

    make = command("build", _build, "Sign the zones beforehand ('run' does it when it must).")
    make.add_argument("folder", metavar="DIR", nargs="?", help="the cache (default: $CAA_LAB_CACHE, ~/.cache/caa-lab)")
    make.add_argument("--zones", metavar="DIR", help="with DIR/*.zone")
    return parser


def _run(options):
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        raise UsageError("run: no COMMAND; want 'lab run -- COMMAND…'")
    from . import world
    return world.run(command, options.zones, options.verbose)


def _publish(options):
    from . import edit
    edit.publish(options.zone, sys.stdin.read())


def _fault(options):
    fault.add(options.zone, options.servers, options.kind, options.share, options.qtype, options.seconds,
              options.over, options.edns)


def _stats(options):
    servers = stats.read(options.reset)
    print(stats.as_json(servers) if options.json else stats.as_text(servers))


def _build(options):
    from . import build, model
    folder = pathlib.Path(options.folder).absolute() if options.folder else build.cache_folder()
    zones = model.load(options.zones)
    build.build(zones, folder)
    print(f"{len(zones)} zones in {folder}")


def _zones(options):
    from . import model
    zones = model.load(options.zones or console.extra_zones()).values()
    if options.json:
        print(json.dumps([_described(zone) for zone in zones], indent=1))
    elif options.markdown:
        print(_markdown(zones))
    else:
        rows = [(z.name, "signed" if z.signed else "-", str(len(z.servers)), z.about) for z in zones]
        print(stats.table([("zone", "DNSSEC", "servers", "what it is for")] + rows))


def _described(zone):
    return {"zone": zone.name, "signed": zone.signed, "about": zone.about,
            "servers": [{"number": s.number, "name": s.name, "addresses": s.addresses} for s in zone.servers],
            "expect": [{"name": n, "verdict": v, "note": note} for n, v, note in zone.expect]}


def _markdown(zones):
    lines = ["| zone | content | expected for letsencrypt.org |", "|---|---|---|"]
    for zone in zones:
        verdicts = "<br>".join(f"`{n}` **{v}**{': ' + note if note else ''}" for n, v, note in zone.expect)
        lines.append(f"| `{zone.name}` | {zone.about} | {verdicts} |")
    return "\n".join(lines)
