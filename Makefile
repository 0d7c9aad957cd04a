# Throughline: `make run` builds the warehouse once, `make check` looks before, `make ui` opens Dagster, `make test` proves it, `make bench` times it.
# Nothing but Python 3.11+, git and make is needed; everything is installed into .venv from the hashed lock file.

PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13 python3,$(if $(shell command -v $(p)),$(p))))
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

# Runs and schedules are remembered here; see dagster_project/dagster.yaml.
export DAGSTER_HOME ?= $(CURDIR)/.dagster
# The console speaks once: Dagster, dbt and Great Expectations neither phone home nor draw progress bars.
export DO_NOT_TRACK := 1
export GX_ANALYTICS_ENABLED := false

# A file's tests share what they stand on, so that they go to one process; in their order, since whole companies come first.
# Four processes for two cores, since they often wait for a browser, a server or a clock.
IN_PARALLEL := -n 4 --dist loadfile --no-loadscope-reorder

.PHONY: help setup run check erase whereabouts ui test test-fast test-deep run-spark test-spark spark-cluster reproduce whatif lint bench bench-spark bi-check lock clean

help:
	@echo "make run    build the warehouse once from the landing folder (the sample, unless settings say otherwise)"
	@echo "make check  what the landing folder and the reference tables hold and what a night would say to it, in seconds"
	@echo "make whereabouts PERSON=jane@example.com  where that value stands in what is kept"
	@echo "make erase PERSON=jane@example.com  forgets the person in everything that is kept"
	@echo "make ui     the Dagster UI on http://127.0.0.1:3000, the data docs on http://127.0.0.1:3001"
	@echo "make reproduce PUBLICATION=P00012  builds a past publication again and compares it table by table"
	@echo "make whatif REFERENCE=/path/to/folder  what other reference tables would move; nothing is published"
	@echo "make test   every promise: units, rules, whole companies, nights, pages"
	@echo "make test-deep  the same at length: every loader's spelling, every moment of a kill, all random examples"
	@echo "make test-fast  in a few minutes: units, every rule, few random examples; whole companies, nights and pulls wait"
	@echo "make run-spark  the night with its models on Spark; make spark-cluster starts a cluster of two workers here"
	@echo "make test-spark  every model of eight companies built on Spark beside DuckDB, and nights, in an environment of its own"
	@echo "make lint   style of Python and SQL, and types"
	@echo "make bench  the benchmarks"
	@echo "make bi-check  reads the published file with the oldest DuckDB that readers are promised, and with Superset"

setup: $(INSTALLED) $(DAGSTER_HOME)/dagster.yaml

$(INSTALLED): requirements.lock
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"Throughline needs Python 3.11 or newer; this is {v[0]}.{v[1]}: make PYTHON=/path/to/python3.11")'
	@echo "Setting up $(VENV) (about a minute, once) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -c "from dagster_project.transform.project import prepared_project; prepared_project()"
	@touch $@

$(DAGSTER_HOME)/dagster.yaml: dagster_project/dagster.yaml
	@mkdir -p -m 700 $(DAGSTER_HOME)
	@cp $< $@

run: setup
	@$(BIN)/python -m dagster_project.run

check: setup
	@$(BIN)/python -m dagster_project.check

reproduce: setup
	@$(BIN)/python -m dagster_project.reproduce "$(PUBLICATION)"

whatif: setup
	@$(BIN)/python -m dagster_project.whatif "$(REFERENCE)"

# An address or an id of the person; the module takes several people.
erase: setup
	@$(BIN)/python -m dagster_project.erase "$(PERSON)"

# One value, such as an address or an id; the module takes several.
whereabouts: setup
	@$(BIN)/python -m dagster_project.erasure "$(PERSON)"

ui: setup
	@$(BIN)/python -m dagster_project.ui

test: setup
	@$(BIN)/python -m pytest $(IN_PARALLEL) -m "not deep"

# With all random examples, of which `make test` tries a third.
test-deep: setup
	@$(BIN)/python -m pytest $(IN_PARALLEL) -m "deep or hypothesis" --hypothesis-profile deep

test-fast: setup
	@$(BIN)/python -m pytest $(IN_PARALLEL) -m "not slow and not deep" --hypothesis-profile fast

# Spark lives in an environment of its own, and needs Java 17.
run-spark: .venv-spark/.installed $(DAGSTER_HOME)/dagster.yaml
	@THROUGHLINE_ENGINE=spark .venv-spark/bin/python -m dagster_project.run

spark-cluster: .venv-spark/.installed
	@.venv-spark/bin/python -m dagster_project.spark.cluster

# SPARK_FILE=/path compares another build file, SPARK_COMPANIES="small olist" these companies, without nights and vectors.
test-spark: .venv-spark/.installed
	@.venv-spark/bin/python -m tests.spark $(if $(SPARK_FILE),--file $(SPARK_FILE)) $(if $(SPARK_COMPANIES),--companies $(SPARK_COMPANIES) --no-nights --no-vectors)

bench-spark: .venv-spark/.installed
	@.venv-spark/bin/python -m bench --cases spark --output bench/results/spark

.venv-spark/.installed: requirements.lock requirements-spark.lock
	@command -v java >/dev/null || { echo "Spark needs Java 17 or newer: on Debian, apt-get install openjdk-17-jre-headless"; exit 1; }
	@echo "Setting up .venv-spark (some minutes, once) …"
	@$(PYTHON) -m venv .venv-spark
	@.venv-spark/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@.venv-spark/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-spark.lock
	@touch $@

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --no-error-summary & types=$$!; \
	$(BIN)/python -m tests.sqlfluff_once lint --processes 2 --disable-progress-bar dbt_models/models dbt_models/tests; style=$$?; \
	wait $$types && exit $$style

bench: setup
	@$(BIN)/python -m bench

# The clients live in environments of their own: the oldest DuckDB that readers are promised, and Superset.
# BI_FILE=/path checks another published file.
bi-check: setup .venv-bi/.installed .venv-superset/.installed
	@.venv-bi/bin/python tests/bi/duckdb_check.py $(BI_FILE)
	@$(BIN)/python -m tests.bi.superset_check $(BI_FILE)

.venv-bi/.installed:
	@$(PYTHON) -m venv .venv-bi
	@.venv-bi/bin/python -m pip install --quiet --quiet --disable-pip-version-check 'duckdb==1.3.*'
	@touch $@

.venv-superset/.installed: tests/bi/superset.txt
	@echo "Setting up .venv-superset (some minutes, once) …"
	@$(PYTHON) -m venv .venv-superset
	@.venv-superset/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps -r tests/bi/superset.txt
	@touch $@

# After changing pyproject.toml. No registry's address may be written into the lock file.
lock:
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements.lock
	uv pip compile requirements-spark.lock --no-deps --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements-spark.lock

clean:
	rm -rf warehouse dbt_models/target dbt_models/logs
