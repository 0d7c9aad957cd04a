"""A second CRM touches a landing list entry, a staging folder, branches of the unified unions and reference rows.

A copy of the project gets a made-up one (`tests/second_crm/`), and nothing else of it is changed. What the copy then
makes of a company whose two CRMs number their records alike is in `tests/second_crm/checks.py`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from dagster_project.settings import PROJECT_ROOT

SECOND_CRM = Path(__file__).parents[1] / "second_crm"
MODELS = Path("dbt_models") / "models"
# What a run of the copy needs.
PARTS = (
    "dagster_project",
    "dbt_models",
    "seeds/reference",
    "tests/company.py",
    "tests/compiled_models.py",
    "tests/nothing_delivered.py",
    "tests/once.py",
    "tests/runs.py",
    "tests/second_crm",
)
# The unified model whose union stands before its last select.
UNIONS_INSIDE = {"int_crm__activities": "    select * from events\n"}


def with_branch(model: str, branch: str, last: str) -> str:
    """The SQL of a unified model with one more branch after the last one."""
    inner = "\n".join(f"    {line}" if line else "" for line in branch.strip().splitlines())
    indent = last[: len(last) - len(last.lstrip())]
    before, after = model.rsplit(last, 1)
    # The new CTE stands before the select that unites, or before the CTE that does.
    start = before.rindex("unioned as (") if indent else len(before)
    head, rest = before[:start].rstrip().removesuffix(",").rstrip(), before[start:]
    comma = ",\n\n" if indent else "\n\n"
    return (
        f"{head},\n\nacmecrm as (\n\n{inner}\n\n){comma}{rest}{last}\n{indent}union all\n\n"
        f"{indent}select * from acmecrm\n{after}"
    )


def add_second_crm(project: Path) -> list[str]:
    """What a second CRM needs, written into the project; the files that it touches."""
    touched = [Path("dagster_project/landing/sources/acmecrm.yml")]
    shutil.copy(SECOND_CRM / "acmecrm.yml", project / touched[0])
    for file in sorted((SECOND_CRM / "staging").iterdir()):
        touched.append(MODELS / "staging" / "acmecrm" / file.name)
        (project / touched[-1]).parent.mkdir(exist_ok=True)
        shutil.copy(file, project / touched[-1])
    for branch in sorted((SECOND_CRM / "unified").iterdir()):
        touched.append(MODELS / "intermediate" / "unified" / branch.name)
        model = (project / touched[-1]).read_text(encoding="utf-8")
        last = UNIONS_INSIDE.get(branch.stem) or re.findall(r"^select \* from \w+\n", model, re.M)[-1]
        (project / touched[-1]).write_text(with_branch(model, branch.read_text(encoding="utf-8"), last))
    for rows in sorted((SECOND_CRM / "reference").iterdir()):
        touched.append(Path("seeds/reference") / rows.name)
        with (project / touched[-1]).open("a", encoding="utf-8") as file:
            file.write(rows.read_text(encoding="utf-8"))
    return [file.as_posix() for file in touched]


def test_two_crms_with_the_same_ids_stay_apart(tmp_path: Path) -> None:
    project = tmp_path / "project"
    for part in PARTS:
        (project / part).parent.mkdir(parents=True, exist_ok=True)
        if (PROJECT_ROOT / part).is_dir():
            shutil.copytree(PROJECT_ROOT / part, project / part, ignore=shutil.ignore_patterns("target", "logs"))
        else:
            shutil.copy(PROJECT_ROOT / part, project / part)
    add_second_crm(project)
    outcome = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/second_crm/checks.py"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout[-6000:] + outcome.stderr[-2000:]
