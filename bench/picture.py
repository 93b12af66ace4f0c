"""The figures of bench/rescue as an SVG: the share undecided, and the 99th percentile."""

import html
import math

LINE, LEFT, PANEL, GAP = 34, 420, 300, 60
COLOURS = {"today": "#b5523b", "ours": "#2f6f8f"}


def draw(results):
    height = 70 + LINE * len(results)
    width = LEFT + 2 * PANEL + 2 * GAP
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
             f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">',
             f'<rect width="{width}" height="{height}" fill="#fff"/>',
             text(LEFT, 24, "undecided, % of checks"), text(LEFT + PANEL + GAP, 24, "99th percentile, s (log)"),
             key("today", 20), key("ours", 100)]
    for number, result in enumerate(results):
        parts += row(result, 46 + LINE * number)
    return "\n".join(parts + ["</svg>"]) + "\n"


def key(side, x):
    return f'<rect x="{x}" y="13" width="12" height="12" fill="{COLOURS[side]}"/>' + text(x + 18, 24, side)


def row(result, y):
    yield text(20, y + 16, result["world"], size=12)
    for offset, side in ((2, "today"), (14, "ours")):
        figures = result["sides"][side]
        share, slow = figures["undecided"], figures["p99_ms"] / 1000
        yield bar(LEFT, y + offset, share * PANEL * 0.8, side, f"{share:.1%}")
        yield bar(LEFT + PANEL + GAP, y + offset, logarithmic(slow) * PANEL * 0.8, side, f"{slow:.3g}")


def logarithmic(seconds):
    """1 ms is 0 and 30 s is 1."""
    return max(0.0, min(1.0, math.log10(max(seconds, 0.001) * 1000) / math.log10(30000)))


def bar(x, y, width, side, words):
    return f'<rect x="{x}" y="{y}" width="{max(width, 1):.1f}" height="10" fill="{COLOURS[side]}"/>' + \
        text(x + max(width, 1) + 5, y + 9, words, size=11)


def text(x, y, words, size=13):
    return f'<text x="{x:.1f}" y="{y}" font-size="{size}">{html.escape(words)}</text>'
