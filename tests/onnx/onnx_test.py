#!/usr/bin/env python3
"""ONNX's own backend tests: each model imported, compiled, run and compared.

    onnx_test.py NINC [--kind KIND]... [--only TEXT] [--all] [--reference] [--report FILE]

Without --all a part that takes about a minute: cases that are neither large nor among many alike, one in six compiled
and the others interpreted. A case is skipped only for what isn't supported, with the reason; how many are left out is said
as well.
"""

import argparse
import collections
import os
import re
import sys
import tempfile

import onnx_cases

def wanted(name, kind, everything):
    if everything:
        return True
    if kind == "light":
        return name in ("light_squeezenet",)
    if kind == "node":
        return bool(re.search(r"basic_conv|conv_with|maxpool_2d|averagepool_2d|global|batchnorm_e|softmax_(axis|ex|default)|"
                              r"gemm_(default_(no|ve|ma)|all|beta|alpha)|flatten_(axis1|def)|clip|hardswish|prelu|lrn|"
                              r"reduce_mean.*keepdims_example|instancenorm|layer_normalization_2d|selu|celu|mish|pow_ex|resize_upsample_sizes_nearest", name)) \
            and "expanded" not in name
    return kind == "simple" or len(name) % 3 == 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("ninc")
    parser.add_argument("--kind", action="append", choices=onnx_cases.KINDS)
    parser.add_argument("--only", default="")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--reference", action="store_true", help="interpret instead of compiling")
    parser.add_argument("--report", help="a line a case")
    options = parser.parse_args()
    counts, outcomes, left_out = collections.Counter(), [], 0
    with tempfile.TemporaryDirectory() as cache:
        environment = dict(os.environ, XDG_CACHE_HOME=cache, XDG_DATA_HOME=cache)
        for make, name, kind in onnx_cases.cases(options.kind or onnx_cases.KINDS):
            if options.only not in name:
                continue
            if not wanted(name, kind, options.all or options.only):
                left_out += 1
                continue
            case = make()
            if isinstance(case, str):
                outcome = onnx_cases.Outcome(name, kind, "skipped", case)
            else:
                compiles = options.all or options.only or len(outcomes) % 6 == 0
                how = ["--no-db"] if compiles and not options.reference else ["--reference"]
                outcome = onnx_cases.try_case(options.ninc, case, environment, how)
            outcomes.append(outcome)
            counts[outcome.what] += 1
            if outcome.what == "failed":
                print(f"FAILED {kind} {name}: {outcome.why}", flush=True)
    if options.report:
        with open(options.report, "w") as report:
            for o in outcomes:
                report.write(f"{o.what}\t{o.kind}\t{o.case}\t{o.why}\n")
    reasons = collections.Counter(re.sub(r"^.*?error: |'[^']*'|[\[\]\d., -]+(?= )", "", o.why)[:90]
                                  for o in outcomes if o.what == "skipped")
    for reason, count in reasons.most_common(12):
        print(f"  skipped {count}: {reason}")
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped"
          + (f"; {left_out} left out without --all" if left_out else ""))
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
