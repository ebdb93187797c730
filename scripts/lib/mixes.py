"""Numbers of bench-peers' mixes: what pgbench and fubako measured, and a table of both.

mixes.py zipf MEMBERS                            what pgbench needs to know to draw by Zipf's law
mixes.py fubako <JSON                            a line of results
mixes.py postgres WORKLOAD COUNTED NAMES LOG...  the same of pgbench's logs, without the first that warm up
mixes.py table RESULTS ABOUT [DOCS]              the table, also between two marks of the folder's benchmarks.md
"""

import datetime
import json
import pathlib
import statistics
import sys
from collections import defaultdict

BEGIN, END = "<!-- mixes: begin -->", "<!-- mixes: end -->"
WORKLOADS = ("controller", "customer", "processor")


def zipf(members):
    """The constants of YCSB's generator, as src/cli/bench/mix/zipf.rs has them."""
    zeta = sum(nth**-0.99 for nth in range(1, members + 1))
    two = 1 + 2**-0.99
    eta = (1 - (2 / members) ** 0.01) / (1 - two / zeta)
    return f"-D zeta={zeta!r} -D two={two!r} -D eta={eta!r}"


def quantile(sorted_latencies, part):
    return sorted_latencies[min(len(sorted_latencies) - 1, int(part * len(sorted_latencies)))]


def of_fubako(told):
    if told["errors"]:
        sys.exit(f"{told['errors']} operations failed")
    return {
        "name": "fubako",
        "workload": told["workload"].removeprefix("mix-"),
        **{key: told[key] for key in ("rps", "p50_us", "p99_us")},
        "operations": {name: operation["p50_us"] for name, operation in told["operations"].items()},
    }


def of_pgbench(workload, counted, logs, operations):
    """Of logs: a line is client, its transaction, microseconds taken, script, and the end as seconds and microseconds."""
    rows = [[int(part) for part in line.split()] for log in logs for line in pathlib.Path(log).read_text().splitlines()]
    rows.sort(key=lambda row: (row[4], row[5]))
    warm, rows = rows[: len(rows) - counted], rows[len(rows) - counted :]
    span = rows[-1][4] - warm[-1][4] + (rows[-1][5] - warm[-1][5]) / 1e6
    latencies = sorted(row[2] for row in rows)
    each = defaultdict(list)
    for row in rows:
        each[operations[row[3]]].append(row[2])
    return {
        "name": "postgres",
        "workload": workload,
        "rps": len(rows) / span,
        "p50_us": quantile(latencies, 0.5),
        "p99_us": quantile(latencies, 0.99),
        "operations": {name: round(statistics.median(each[name])) for name in operations if each[name]},
    }


def table(lines):
    """The mixes with their ratios, then the operations."""
    found = defaultdict(list)
    for line in lines:
        told = json.loads(line)
        found[told["workload"], told["name"]].append(told)
    mixes = ["| mix | Fubako, operations/s | p50, p99 | PostgreSQL | p50, p99 | Fubako is |", "|---|---|---|---|---|---|"]
    operations = ["| mix | operation | Fubako, p50 | PostgreSQL, p50 |", "|---|---|---|---|"]
    for workload in WORKLOADS:
        both = [found[workload, name] for name in ("fubako", "postgres")]
        ratios = [ours["rps"] / theirs["rps"] for ours, theirs in zip(*both)]
        cells = []
        for told in both:
            rate, half, most = (statistics.median(round[key] for round in told) for key in ("rps", "p50_us", "p99_us"))
            cells.append(f"{rate:,.0f} | {half / 1000:.1f}, {most / 1000:.1f} ms")
        each = " ".join(f"{ratio:.2f}" for ratio in ratios)
        mixes.append(f"| {workload} | {' | '.join(cells)} | **{statistics.median(ratios):.2f} x** ({each}) |")
        for name in both[1][0]["operations"]:
            halves = [statistics.median(round["operations"][name] for round in told) / 1000 for told in both]
            operations.append(f"| {workload} | {name.replace('_', ' ')} | {halves[0]:.1f} ms | {halves[1]:.1f} ms |")
    return "\n".join([*mixes, "", *operations])


def main():
    what, *rest = sys.argv[1:]
    if what == "zipf":
        print(zipf(int(rest[0])))
    elif what == "fubako":
        print(json.dumps(of_fubako(json.load(sys.stdin))))
    elif what == "postgres":
        workload, counted, names, *logs = rest
        print(json.dumps(of_pgbench(workload, int(counted), logs, names.split())))
    else:
        results, about, docs = rest
        text = f"{about}.\n\n{table(pathlib.Path(results).read_text().splitlines())}"
        print(text)
        if docs:
            page = pathlib.Path(docs, "benchmarks.md")
            before, behind = page.read_text().split(BEGIN)
            _, after = behind.split(END)
            page.write_text(f"{before}{BEGIN}\n{datetime.date.today()}: {text}\n{END}{after}")


main()
