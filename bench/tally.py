"""Lines of bench-rescue become figures, and figures a table."""

import collections

MEANINGFUL = 0.05  # queries per check; what is below is not worth a column


def side(row, lines, queries, span):
    """Of the checks that began within `span` (microseconds), the figures; of those of as long a
    time before it, how long they took."""
    every = [line.split() for line in lines]
    words = [w for w in every if span[0] <= int(w[1]) < span[1]]
    before = sorted(int(w[2]) for w in every if 2 * span[0] - span[1] <= int(w[1]) < span[0])
    verdicts = collections.Counter(w[3] for w in words)
    took = sorted(int(w[2]) for w in words)
    wrong = sum(n for verdict, n in verdicts.items() if verdict not in ("undecided", row.expect))
    undecided = [w for w in words if w[3] == "undecided"]
    return {"checks": len(words), "verdicts": dict(verdicts), "undecided": len(undecided) / len(words),
            "wrong": wrong, "p50_ms": at(took, 0.5), "p99_ms": at(took, 0.99), "most_ms": took[-1] / 1000,
            "rescued": sum(w[4] == "1" for w in words),
            "blame": dict(collections.Counter(f"{w[5][:-1] or 'none'}/{w[6][:-1] or 'none'}" for w in undecided)),
            "undecided_lines": [" ".join(w) for w in undecided[:10]],
            "before": {"p99_ms": at(before, 0.99), "most_ms": before[-1] / 1000} if before else None,
            "investigation_queries_most": max(int(w[7]) for w in words),
            "queries_per_check": {zone: round(n / len(every), 2) for zone, n in queries.items()
                                  if n / len(every) >= MEANINGFUL}}


def at(sorted_us, share):
    return sorted_us[min(len(sorted_us) - 1, int(share * len(sorted_us)))] / 1000


def milliseconds(value):
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"


def pair(result, show):
    return " | ".join(show(result["sides"][s]) for s in ("today", "ours"))


def line(result):
    return (f"undecided {pair(result, lambda s: format(s['undecided'], '.1%'))}, "
            f"wrong {pair(result, lambda s: str(s['wrong']))}, "
            f"p50 {pair(result, lambda s: milliseconds(s['p50_ms']))} ms, "
            f"p99 {pair(result, lambda s: milliseconds(s['p99_ms']))} ms")


def table(results):
    head = ["world", "undecided", "wrong", "p50 ms", "p99 ms", "most ms", "expected of ours"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for result in results:
        cells = [result["world"]] + [pair(result, show).replace(" | ", " · ") for show in (
            lambda s: format(s["undecided"], ".1%"), lambda s: str(s["wrong"]),
            lambda s: milliseconds(s["p50_ms"]), lambda s: milliseconds(s["p99_ms"]),
            lambda s: milliseconds(s["most_ms"]))] + [result["target"]]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(["Each pair: today · ours.", ""] + lines + ["", *blames(results), "", *queries(results)])


def blames(results):
    yield "What ours says of the undecided (fault/kind, number), and the most that one investigation sent:"
    yield ""
    for result in results:
        ours = result["sides"]["ours"]
        said = ", ".join(f"{blame} {n}" for blame, n in sorted(ours["blame"].items(), key=lambda b: -b[1]))
        yield f"- {result['world']}: {said or 'none undecided'}; {ours['rescued']} rescued; " \
              f"{ours['investigation_queries_most']} queries" + cached(ours["before"])


def cached(before):
    return "" if before is None else \
        f"; just before the silence, cached: p99 {before['p99_ms']:.1f} ms, most {before['most_ms']:.1f} ms"


def queries(results):
    yield "Queries per check that arrived at, or were lost on the way to, each zone (today · ours):"
    yield ""
    for result in results:
        per = [result["sides"][s]["queries_per_check"] for s in ("today", "ours")]
        zones = sorted(set(per[0]) | set(per[1]), key=lambda z: -max(p.get(z, 0) for p in per))
        yield f"- {result['world']}: " + ", ".join(
            f"`{z}` {per[0].get(z, 0):.3g} · {per[1].get(z, 0):.3g}" for z in zones[:8])
