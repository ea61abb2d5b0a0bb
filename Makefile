# Two commands on a fresh machine: `make run` (the demo, from raw files to its scorecard) and `make test`.
# Each sets up what it needs once, in .venv; a second time needs no network.

PYTHON ?= python3
BIN := .venv/bin
REGION ?= data/changzhou.toml
OUT ?= snapshots

.PHONY: help run serve test check bench bench-app shots lock clean

help:
	@echo "make run    the demo region: raw files -> snapshot -> scorecard in the terminal"
	@echo "make serve  the app in a browser, of the demo (PORT=8501)"
	@echo "make test   all tests"
	@echo "make check  format, lint, types"
	@echo "make bench  speed against plain GeoPandas, in one run (SCALE=city or province)"
	@echo "make bench-app  the app against a plain page of st_folium, in one run"
	@echo "make shots  pictures of every page, both languages, light and dark, wide and narrow (INTO=folder)"
	@echo "make lock   write requirements.txt and requirements-dev.txt anew from pyproject.toml"

run: .venv/.ready
	@$(BIN)/cuntong run $(REGION) --out $(OUT)
	@$(BIN)/cuntong scorecard $(OUT)

serve: .venv/.ready
	@$(BIN)/cuntong serve $(OUT) --port $(or $(PORT),8501)

test: .venv/.ready-dev
	@sh .ci/browser.sh
	$(BIN)/python -m pytest -q -n 2 --dist loadgroup $(ARGS)

check: .venv/.ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: .venv/.ready-dev
	$(BIN)/python -m benchmarks --scale $(or $(SCALE),city)

bench-app: .venv/.ready-dev
	@sh .ci/browser.sh
	$(BIN)/python -m benchmarks.app

shots: .venv/.ready-dev
	@sh .ci/browser.sh
	$(BIN)/python -m tests.app.shots $(or $(INTO),shots)

lock: .venv/.ready-dev
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock" -o requirements.txt
	$(BIN)/uv pip compile -q pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url -c requirements.txt --custom-compile-command "make lock" -o requirements-dev.txt

.venv/bin/python:
	@$(PYTHON) -m venv .venv || sh .ci/venv.sh "$(PYTHON)"

.venv/.ready: requirements.txt pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/.ready-dev: requirements-dev.txt .venv/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

clean:
	rm -rf .venv snapshots build *.egg-info
