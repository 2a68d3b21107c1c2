"""What durable-rules is not trusted with: crashes, memory, threads, swallowed errors, its own absence."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest

from precise_cal.engine.chaining import ConsequenceError, Fact, compile_consequences, engine_name

ROOT = Path(__file__).parents[3]
GUILTY = {"subject": "ZS01-001", "lesion": "L1", "arm": "DCB", "flow_limiting": "YES", "des": False}

needs_durable = pytest.mark.skipif(not engine_name().startswith("durable-rules"), reason=f"runs the {engine_name()}")

DRIVER = f"""
import json, resource, sys
sys.path.insert(0, {str(ROOT)!r})
from precise_cal.engine.chaining import Fact, compile_consequences, engine_name

document = json.loads(sys.stdin.read())
consequences = compile_consequences(document)
guilty = {GUILTY!r}

def participant(number, flow_limiting):
    fields = guilty | {{"subject": f"P{{number}}", "flow_limiting": flow_limiting}}
    return [Fact("lesion", fields | {{"lesion": f"L{{lesion}}"}}) for lesion in range(3)]

def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() // 1024
"""


def run_alone(script: str, document: dict[str, Any], *, python: str = sys.executable, before: str = "") -> str:
    """Standard output of a script in a process of its own, which must end well."""
    done = subprocess.run(
        [python, "-W", "error", "-c", before + DRIVER + textwrap.dedent(script)],
        input=json.dumps(document),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@needs_durable
def test_two_thousand_participants_in_a_row(bailout: dict[str, Any]) -> None:
    script = """
        compliant = sum(len(consequences.run(participant(n, "NO"))) for n in range(2000))
        mixed = sum(len(consequences.run(participant(n, "YES" if n % 3 == 0 else "NO"))) for n in range(2000))
        print(engine_name().split()[0], compliant, mixed)
    """
    # A guilty participant: 3 duties, 3 deviations, and 3 ways to the one importance of its code.
    assert run_alone(script, bailout).split() == ["durable-rules", "0", str(667 * 9)]


@needs_durable
@pytest.mark.slow
def test_memory_is_flat_over_participants(bailout: dict[str, Any]) -> None:
    script = """
        for number in range(100_000):
            consequences.run(participant(number, "YES" if number % 10 == 0 else "NO"))
            if number == 10_000:
                start = resident()
        print(resident() - start)
    """
    assert int(run_alone(script, bailout)) < 2_048, "KiB grown over 90,000 participants"


@needs_durable
@pytest.mark.slow
def test_memory_is_flat_over_rule_files(bailout: dict[str, Any]) -> None:
    script = """
        for number in range(400):
            compile_consequences(document).run(participant(number, "YES"))
            if number == 100:
                start = resident()
        print(resident() - start)
    """
    assert int(run_alone(script, bailout)) < 4_096, "KiB grown over 300 rule files"


@needs_durable
def test_exception_in_an_action_reaches_the_caller(bailout: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    consequences = compile_consequences(bailout, engine="durable")
    (ruleset,) = consequences._engine._rulesets  # type: ignore[attr-defined]

    class Full(list[Any]):
        def append(self, note: Any) -> None:
            if note[0] is not None:
                raise OverflowError("no room for another note")
            super().append(note)

    monkeypatch.setattr(ruleset, "notes", Full())
    with pytest.raises(ConsequenceError, match="no room for another note"):
        consequences.run([Fact("lesion", GUILTY)])
    monkeypatch.undo()
    assert len(consequences.run([Fact("lesion", GUILTY)])) == 3, "the session of the failed run is gone"


@needs_durable
def test_no_thread_is_started(bailout: dict[str, Any]) -> None:
    before = set(threading.enumerate())
    compile_consequences(bailout, engine="durable").run([Fact("lesion", GUILTY)])
    assert set(threading.enumerate()) == before


@needs_durable
def test_threads_take_turns(bailout: dict[str, Any]) -> None:
    consequences = compile_consequences(bailout, engine="durable")
    found: list[set[Any]] = []

    def work(number: int) -> None:
        fact = Fact("lesion", GUILTY | {"subject": f"P{number}"})
        found.append({step.fact.get("subject") for _ in range(50) for step in consequences.run([fact])})

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(sorted, found)) == [[f"P{number}"] for number in range(6)]


WITHOUT = """
    steps = consequences.run(participant(1, "YES"))
    print(engine_name())
    print(len(steps), *sorted({step.rule_id for step in steps}))
    print("durable.engine" in sys.modules)
"""


def test_works_where_durable_rules_is_absent(bailout: dict[str, Any]) -> None:
    output = run_alone(WITHOUT, bailout, before="import sys; sys.modules['durable'] = None\n")
    name, steps, loaded = output.splitlines()
    assert name.startswith("plain evaluator (durable-rules cannot be imported: ")
    assert steps == "9 bailout duty-undone important"
    assert loaded == "False"


def test_runs_on_python_3_13(bailout: dict[str, Any]) -> None:
    python = shutil.which("python3.13")
    probe = [
        python or "python3.13",
        "-c",
        "import sys; sys.path.insert(0, sys.argv[1]); import precise_cal.engine",
    ]
    if python is None or subprocess.run([*probe, str(ROOT)], capture_output=True, check=False).returncode:
        pytest.skip("there is no python3.13 here that can import the package")
    name, steps, _ = run_alone(WITHOUT, bailout, python=python).splitlines()
    assert name.startswith("plain evaluator (")
    assert steps == "9 bailout duty-undone important"


def test_nothing_is_imported_before_it_is_needed() -> None:
    script = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import precise_cal.engine.chaining
print('durable' in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_an_engine_that_cannot_run_is_refused(bailout: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("precise_cal.engine.chaining._hindrance", lambda: "no compiler")
    with pytest.raises(ConsequenceError, match="durable-rules cannot be imported: no compiler"):
        compile_consequences(bailout, engine="durable")
    assert len(compile_consequences(bailout).run([Fact("lesion", GUILTY)])) == 3
