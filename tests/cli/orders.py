#!/usr/bin/python3
"""Order logs by chance, the same for the same seed: tests/cli/orders.py [--help]

Orders come evenly, or with the day's rhythm, from a start over some days; each name is under one of
several TLDs, each with its rate of failure, which may be another one from some moment on. By hand,
`tests/cli/orders.py --false-alarms 100` counts on how many logs without any difference `caa report`
calls something sure, and `--orders 1000000 | caa report -` is the log of the acceptance."""

import argparse
import datetime
import json
import math
import random
import subprocess
import sys

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
SHARES = {"com": 50, "net": 30, "org": 20}


def when(index, count, days, rhythm):
    """Evenly along time; with `rhythm` more orders in the afternoon (UTC)."""
    at = (index + 0.5) / count * days
    if rhythm:
        at -= 0.8 / (2 * math.pi) * math.sin(2 * math.pi * at)
    return at


def lines(seed, count, rates, changed=None, change_day=None, days=60, rhythm=False, recovers=0.0):
    """`rates` per TLD; those of `changed` hold from `change_day` on."""
    chance = random.Random(seed)
    tlds, weights = list(SHARES), list(SHARES.values())
    for index, tld in enumerate(chance.choices(tlds, weights, k=count)):
        at = when(index, count, days, rhythm)
        rate = (changed if change_day is not None and at >= change_day else rates)[tld]
        time = (START + datetime.timedelta(days=at)).strftime("%Y-%m-%dT%H:%M:%SZ")
        name = f"n{index}.customer{index % 997}.{tld}"
        if chance.random() < rate:
            yield failure(time, name, tld)
            if chance.random() < recovers:
                yield success(time, name)
        else:
            yield success(time, name)


def success(time, name):
    return f'{{"time":"{time}","name":"{name}","result":"issued","ca":"letsencrypt.org"}}'


def failure(time, name, owner):
    detail = (f"While processing CAA for {name}: DNS problem: SERVFAIL looking up CAA for {owner} - "
              "the domain's nameservers may be malfunctioning")
    return json.dumps({"time": time, "name": name, "result": "failed", "ca": "letsencrypt.org",
                       "problem": {"type": "urn:ietf:params:acme:error:dns", "detail": detail, "status": 400}})


def all_at(rate):
    return {tld: rate for tld in SHARES}


def false_alarms(program, first, seeds, count, rate, rhythm):
    alarms = tests = 0
    for seed in range(first, first + seeds):
        text = "\n".join(lines(seed, count, all_at(rate), rhythm=rhythm))
        ended = subprocess.run([program, "report", "--json", "-"], input=text, stdout=subprocess.PIPE, text=True, check=True)
        found = json.loads(ended.stdout)["checks"]["tests"]
        tests += sum(one["testable"] for one in found)
        alarms += any(one["significant"] for one in found)
    return alarms, tests


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--false-alarms", type=int, metavar="SEEDS")
    parser.add_argument("--rate", type=float, default=0.0004, help="of the logs without a difference")
    parser.add_argument("--caa", default="build/cli/caa")
    given = parser.parse_args()
    if given.false_alarms:
        for rhythm in (False, True):
            alarms, tests = false_alarms(given.caa, given.seed, given.false_alarms, given.orders, given.rate, rhythm)
            print(f"{alarms} of {given.false_alarms} logs of {given.orders} orders with a false alarm"
                  f" ({tests} tests in all){', orders with a rhythm' if rhythm else ''}")
        return
    low = all_at(0.00002)
    for line in lines(given.seed, given.orders, low, dict(low, net=0.0004), change_day=31, rhythm=True, recovers=0.8):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
