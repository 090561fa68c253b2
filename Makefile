# Every target does all its set-up on a machine that has only python3 and make.
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed
KAFKA := $(VENV)/.kafka

# Compile the sources once, not at each of the many starts.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test night check bench clean

demo: $(STAMP) $(KAFKA)
	@$(PY) -m console demo $(ARGS)

# Tests that drive a console at a lab's speed by keys have the machine to themselves.
BY_KEYS := $(wildcard tests/test_*by_keys.py) tests/nights tests/test_judges.py

test: check $(KAFKA) $(VENV)/.judges
	$(PY) -m pytest -n 2 --dist loadfile $(BY_KEYS:%=--ignore=%)
	$(PY) -m pytest $(BY_KEYS)

night: $(STAMP) $(KAFKA)
	$(PY) -m pytest -m night

check: $(STAMP)
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy --strict console widgets

bench: $(STAMP) $(KAFKA)
	@$(PY) -m tests.bench $(ARGS)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

$(STAMP): pyproject.toml
	@test -x $(PY) || python3 -m venv $(VENV) || { \
	  echo "python3 cannot make a virtual environment here: install the package python3-venv" >&2; exit 1; }
	@echo "installing the console and its lab into $(VENV)"
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check -e '.[lab,dev]'
	@touch $@

# Apache Kafka for the lab, where java and mvn exist; the stand-in serves elsewhere.
$(KAFKA): $(STAMP)
	@$(PY) -m console.lab.kafka.jars
	@touch $@

# The aws command judges the lab from its own environment: it pins another botocore.
$(VENV)/.judges: $(STAMP)
	@test -x $(VENV)/aws/bin/aws || { python3 -m venv $(VENV)/aws && \
	  $(VENV)/aws/bin/pip install --quiet --disable-pip-version-check 'awscli~=1.45'; }
	@touch $@
