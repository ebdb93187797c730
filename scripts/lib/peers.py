"""What bench-peers measured, as a table with ratios and a plot: peers.py RESULTS ABOUT [DOCS].

A line of the results is a name and one JSON object. With a folder of documents, the table goes into its benchmarks.md
between two marks, and the plot beside it.
"""

import datetime
import json
import pathlib
import statistics
import sys
from collections import defaultdict
from html import escape

NAMES = {
    "fubako": "Fubako: `Disclose`, mTLS, every release durable first",
    "openbao": "OpenBao: transit batch decryption, TLS, file audit (not synced)",
    "postgres": "PostgreSQL: `pgp_sym_decrypt`, TLS, audit row committed",
}
BEGIN, END = "<!-- peers: begin -->", "<!-- peers: end -->"


def medians(lines):
    """Calls a second by name and number under way, the median of the rounds."""
    rates = defaultdict(list)
    for line in lines:
        name, told = line.split(" ", 1)
        told = json.loads(told)
        rates[name, told["in_flight"]].append(told["rps"])
    return {key: statistics.median(found) for key, found in rates.items()}


def table(rates):
    """The rows, the best of each peer with its ratio."""
    ours = max(rate for (name, _), rate in rates.items() if name == "fubako")
    rows = ["| what | in flight | views/s | Fubako is |", "|---|---|---|---|"]
    for (name, in_flight), rate in sorted(rates.items(), key=lambda row: (list(NAMES).index(row[0][0]), row[0][1])):
        ratio = "" if name == "fubako" else f"{ours / rate:.1f} x"
        best = max(found for (other, _), found in rates.items() if other == name)
        ratio = f"**{ratio}**" if ratio and rate == best else ratio
        rows.append(f"| {NAMES[name]} | {in_flight} | {rate:,.0f} | {ratio} |")
    return "\n".join(rows)


def plot(rates):
    """Bars of views a second, as SVG."""
    rows = sorted(rates.items(), key=lambda row: -row[1])
    longest, height = max(rates.values()), 34
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{height * len(rows) + 48}" '
        'font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="white"/>',
        '<text x="12" y="24" font-weight="bold">Views of three fields a second, written down (more is better)</text>',
    ]
    for number, ((name, in_flight), rate) in enumerate(rows):
        y, width = 40 + number * height, 430 * rate / longest
        colour = "#7a4b2a" if name == "fubako" else "#b9aa9a"
        label = {"fubako": "Fubako", "openbao": "OpenBao", "postgres": "PostgreSQL"}[name]
        parts.append(f'<text x="12" y="{y + 18}">{escape(label)}, {in_flight} in flight</text>')
        parts.append(f'<rect x="200" y="{y + 3}" width="{width:.0f}" height="22" rx="2" fill="{colour}"/>')
        parts.append(f'<text x="{206 + width:.0f}" y="{y + 18}">{rate:,.0f}</text>')
    return "\n".join([*parts, "</svg>", ""])


def main():
    results, about, docs = sys.argv[1:4]
    rates = medians(pathlib.Path(results).read_text().splitlines())
    text = f"{about}.\n\n{table(rates)}"
    print(text)
    if docs:
        page = pathlib.Path(docs, "benchmarks.md")
        before, rest = page.read_text().split(BEGIN)
        _, after = rest.split(END)
        dated = f"{datetime.date.today()}: {text}\n\n![The same as bars](benchmarks-peers.svg)"
        page.write_text(f"{before}{BEGIN}\n{dated}\n{END}{after}")
        pathlib.Path(docs, "benchmarks-peers.svg").write_text(plot(rates))


main()
