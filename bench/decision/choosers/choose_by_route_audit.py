"""What llm-route-audit 0.3.3 chooses on each draw: a JSON line in for each, one out.

A choice is made as `llm-route-audit report` and `export` make it: build_report
(llm_route_audit/report.py:283), whose _choose (report.py:261) takes for each task the cheapest model
that keeps a share of the original's pass rate. Answers are made so that its own grader (plan_grades,
grading/grade.py:163, with its regex check, grading/checks.py:232) returns the recorded score. On the
first draw `llm-route-audit export` itself is run too, and must choose the same.
"""
import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import yaml
from llm_route_audit.costs import ModelPrice, PriceTable
from llm_route_audit.grading.grade import ORIGINAL, GradingConfig, plan_grades, write_grades
from llm_route_audit.records import LogRecord
from llm_route_audit.replay import ReplayResult, write_results
from llm_route_audit.report import DEFAULT_MIN_SAMPLES, DEFAULT_TARGET, build_report

ANSWER = {1: "right", 0: "wrong"}
GRADING = {"default": {"checks": [{"type": "regex", "pattern": "^right$"}], "judge": False}}
# One token is 1e-12 USD, so that a log of tokens says the recorded bill.
TOKENS_PER_USD = 10**12
PRICE = ModelPrice(input=1e6 / TOKENS_PER_USD, output=0)


class Log:
    """Requests as logged on one original model, with the replays and grades of all others."""

    def __init__(self, table, original):
        self.table, self.original = table, original
        today = datetime(2026, 1, 1, tzinfo=UTC).date()
        self.prices = PriceTable(updated=today, models={name: PRICE for name in table["targets"]})
        self.config = GradingConfig.model_validate(GRADING)
        self.made = {}

    def request(self, row, copy):
        """A row of the table; a row that was drawn again is a request of its own."""
        if (row, copy) not in self.made:
            self.made[(row, copy)] = self.make(row, f"{row}-{copy}")
        return self.made[(row, copy)]

    def make(self, row, name):
        table, task = self.table, self.table["tasks"][row]
        at = table["targets"].index(self.original)
        record = LogRecord(
            id=name,
            timestamp=datetime(2026, 1, 1, tzinfo=UTC),
            model=self.original,
            prompt=name,
            response=ANSWER[table["quality"][at][row]],
            task_type=task,
            input_tokens=round(table["cost"][at][row] * TOKENS_PER_USD),
            output_tokens=0,
        )
        results = [
            ReplayResult(
                name, task, model, None, "openai", "ok", ANSWER[scores[row]], cost=costs[row]
            )
            for model, scores, costs in zip(
                table["targets"], table["quality"], table["cost"], strict=True
            )
            if model != self.original
        ]
        plan = plan_grades([record], results, self.config)
        assert not plan.judge_pairs
        for grade in plan.grades:
            model = self.original if grade.candidate == ORIGINAL else grade.candidate
            score = table["quality"][table["targets"].index(model)][row]
            assert grade.outcome == ("pass" if score == 1 else "fail"), grade
        return record, results, plan.grades

    def draw(self, rows):
        copies, records, results, grades = {}, [], [], []
        for row in rows:
            copies[row] = copies.get(row, 0) + 1
            record, replays, graded = self.request(row, copies[row])
            records.append(record)
            results += replays
            grades += graded
        return records, results, grades


def chosen(log, drawn, target):
    records, results, grades = drawn
    marks = [grade.to_dict() for grade in grades]
    report = build_report(records, results, marks, log.prices, target, DEFAULT_MIN_SAMPLES)
    return {
        task.task: log.original if task.choice.label == ORIGINAL else task.choice.model
        for task in report.tasks
    }


def command(log, drawn, target, folder):
    """What `llm-route-audit export` itself writes."""
    records, results, grades = drawn
    logs, prices, out = folder / "logs.jsonl", folder / "prices.yaml", folder / "policy.yaml"
    logs.write_text("".join(record.model_dump_json() + "\n" for record in records))
    prices.write_text(yaml.safe_dump(log.prices.model_dump()))
    write_results(folder / "replay.jsonl", results)
    write_grades(folder / "grades.jsonl", grades)
    asked = [str(Path(sys.executable).with_name("llm-route-audit")), "export", str(logs)]
    asked += ["--replay", str(folder / "replay.jsonl"), "--grades", str(folder / "grades.jsonl")]
    asked += ["--prices", str(prices), "--target", repr(target), "--out", str(out)]
    subprocess.run(asked, check=True, stdout=subprocess.DEVNULL)
    routes = yaml.safe_load(out.read_text())["routes"]
    return {task: route["model"] for task, route in routes.items()}


def main():
    table = json.loads(sys.stdin.readline())
    logs = {}
    first = True
    for line in sys.stdin:
        ask = json.loads(line)
        if ask["baseline"] not in logs:
            logs[ask["baseline"]] = Log(table, ask["baseline"])
        log = logs[ask["baseline"]]
        drawn = log.draw(ask["rows"])
        targets = {"own": DEFAULT_TARGET, "tuned": ask["target"]}
        answer = {name: chosen(log, drawn, target) for name, target in targets.items()}
        if first:
            with tempfile.TemporaryDirectory() as folder:
                for name, target in targets.items():
                    same = command(log, drawn, target, Path(folder))
                    assert same == answer[name], f"{name}: {answer[name]}, the command: {same}"
            first = False
        print(json.dumps(answer))


main()
