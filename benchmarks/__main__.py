"""`python -m benchmarks`: measure, and print the table."""

import argparse

from benchmarks import table
from benchmarks.in_process import figures, growth, steps, volume
from benchmarks.messages import KINDS
from benchmarks.under_load import fairness, hosted_api, load, profiling, throughput


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true", help="fewer cells, in about four minutes")
    parser.add_argument("--profile", choices=tuple(KINDS), help="profile one worker instead")
    parser.add_argument("--api", action="store_true", help="measure the hosted API instead")
    parser.add_argument("--fair", action="store_true", help="measure a site beside a flood instead")
    parser.add_argument(
        "--volume", type=int, metavar="EVENTS", help="measure a store with this many"
    )
    parser.add_argument("--figures", type=int, metavar="EVENTS", help="measure the dashboard")
    options = parser.parse_args()
    if options.volume:
        for line in table.volume(options.volume, volume.measure(options.volume)):
            print(line, flush=True)
        return
    if options.figures:
        print(table.figures(options.figures, figures.measure(options.figures)))
        return
    load.require_wrk()
    if options.api:
        print(table.hosted(hosted_api.measure(*hosted_api.PLANS[options.quick])))
        return
    if options.fair:
        print(table.fairness(fairness.measure(*fairness.PLANS[options.quick])))
        return
    if options.profile:
        profiling.show(KINDS[options.profile])
        return
    cells = throughput.measure(throughput.QUICK if options.quick else throughput.FULL)
    print(table.throughput(cells), flush=True)
    print(table.steps(steps.measure()), flush=True)
    print(
        table.growth(
            growth.measure(remembered=(10, 100_000) if options.quick else growth.REMEMBERED)
        )
    )


if __name__ == "__main__":
    main()
