"""What toolkit-cost-optimizer 1.0.0 chooses on each draw: a JSON line in for each, one out.

A choice is made as `toolkit-opt route` makes it (toolkit_cost_latency_opt/cli.py:549-637): an
Estimate (routing.py:64) and an Option (routing.py:78) for each tier and model, every policy
(enumerate_policies, routing.py:180), and the cheapest that meets the floor (choose, routing.py:167).
Its price list would bill every model for the same tokens; an option here costs what was recorded.
On the first draw the command itself is run too, with a price list that comes to the same costs, and
must choose the same.
"""
import contextlib
import io
import json
import sys
import tempfile
from pathlib import Path

from toolkit_cost_latency_opt import cli
from toolkit_cost_latency_opt.routing import (
    Estimate,
    Option,
    build_estimates,
    choose,
    enumerate_policies,
    estimate_for,
)

# Its default of 30 leaves a task of 27 requests without candidates, and the command without an answer.
MIN_SAMPLES = 10
MAX_POLICIES = 100_000
CONFIDENCE = 0.95
# Price and token count by which one tier is billed: a class of tokens that no other tier has.
CLASSES = [
    ("input_per_1m", {}),
    ("cached_input_per_1m", {"tokens_cache_read": 1}),
    ("cache_write_per_1m", {"tokens_cache_write": 1}),
    ("cache_write_1h_per_1m", {"tokens_cache_write": 1, "tokens_cache_write_1h": 1}),
]
SHORT, LONG, THRESHOLD = 1_000, 3_000, 2_000


def by_tier(table, rows):
    tiers = {}
    for row in rows:
        tiers.setdefault(table["tasks"][row], []).append(row)
    return tiers


def chosen(table, ask, confidence):
    tiers = by_tier(table, ask["rows"])
    weights = {tier: len(rows) / len(ask["rows"]) for tier, rows in tiers.items()}
    scores = {
        (tier, model): [table["quality"][at][row] for row in rows]
        for tier, rows in tiers.items()
        for at, model in enumerate(table["targets"])
    }
    estimates = build_estimates(scores)
    options = {
        tier: [
            Option(tier, model, sum(table["cost"][at][row] for row in rows), estimate)
            for at, model in enumerate(table["targets"])
            if isinstance(estimate := estimate_for(estimates, tier, model, MIN_SAMPLES), Estimate)
        ]
        for tier, rows in tiers.items()
    }
    if not all(options.values()):
        return None
    policy = choose(enumerate_policies(options, weights, MAX_POLICIES), ask["floor"], confidence)
    return policy and policy.mapping()


def ordered(table, rows):
    """The tiers, each with the class of tokens it is billed by and whether its prompts are long."""
    tiers = sorted(by_tier(table, rows).items())
    assert len(tiers) <= 2 * len(CLASSES) + 1, "more tiers than classes of tokens"
    for at, (tier, members) in enumerate(tiers):
        kind = CLASSES[at % len(CLASSES)] if at < 2 * len(CLASSES) else ("output_per_1m", None)
        yield tier, members, kind, len(CLASSES) <= at < 2 * len(CLASSES)


def tokens_of(fields, long):
    """Tokens of a row that is billed by one class alone."""
    if fields is None:
        return {"tokens_in": 0, "tokens_out": SHORT}
    count = LONG if long else SHORT
    return {"tokens_in": count, "tokens_out": 0, **{name: count for name in fields}}


def command(table, ask, confidence, folder):
    """What `toolkit-opt route` itself writes to --policy-out."""
    traffic, quality, models = [], [], {}
    common = {"schema_version": 2, "created_ts": 0}
    for model in table["targets"]:
        none = {name: 0 for name, _ in CLASSES} | {"output_per_1m": 0}
        models[model] = none | {"long_context": none | {"threshold_tokens": THRESHOLD}}
    for tier, rows, (price, fields), long in ordered(table, ask["rows"]):
        tokens = tokens_of(fields, long)
        traffic += [{**common, "model": ask["baseline"], "tier": tier, **tokens}] * len(rows)
        for at, model in enumerate(table["targets"]):
            entry = models[model]["long_context"] if long else models[model]
            mean = sum(table["cost"][at][row] for row in rows) / len(rows)
            entry[price] = mean * 1e6 / max(tokens["tokens_in"], tokens["tokens_out"])
            scores = [table["quality"][at][row] for row in rows]
            quality += [{**common, "model": model, "tier": tier, "quality": s} for s in scores]
    files = {name: folder / name for name in ("rows.jsonl", "quality.jsonl", "prices.json")}
    for name, lines in (("rows.jsonl", traffic), ("quality.jsonl", quality)):
        files[name].write_text("".join(json.dumps(line) + "\n" for line in lines))
    files["prices.json"].write_text(json.dumps({"as_of": "2026-01-01", "models": models}))
    out = folder / "policy.json"
    out.unlink(missing_ok=True)
    asked = ["route", "--input", str(files["rows.jsonl"]), "--policy-out", str(out)]
    asked += ["--quality-rows", str(files["quality.jsonl"]), "--prices", str(files["prices.json"])]
    asked += ["--min-quality", repr(ask["floor"]), "--min-quality-samples", str(MIN_SAMPLES)]
    if confidence is not None:
        asked += ["--confidence", str(confidence)]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        cli.main(asked)
    if out.exists():
        return json.loads(out.read_text())["tiers"]
    assert "no_policy_meets_floor" in said.getvalue(), said.getvalue()[:2_000]
    return None


def main():
    table = json.loads(sys.stdin.readline())
    first = True
    for line in sys.stdin:
        ask = json.loads(line)
        modes = {"plain": None, "confident": CONFIDENCE}
        answer = {name: chosen(table, ask, confidence) for name, confidence in modes.items()}
        if first:
            with tempfile.TemporaryDirectory() as folder:
                for name, confidence in modes.items():
                    same = command(table, ask, confidence, Path(folder))
                    assert same == answer[name], f"{name}: {answer[name]}, the command: {same}"
            first = False
        print(json.dumps(answer))


main()
