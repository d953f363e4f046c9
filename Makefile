# Every target sets itself up on a bare machine with Python 3.10 or newer: nothing to install or activate before.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# Of "make test": how many processes share the tests. One for each core; of each, torch alone takes half a gigabyte.
WORKERS ?= -n logical --maxprocesses 4 --dist worksteal
# Of "make bench": how many photographs are ingested, and the Python of an environment that has img2dataset.
PHOTOS ?= 2000
IMG2DATASET ?=

.PHONY: demo test check bench ablate docs clean

demo: $(READY)
	$(BIN)/omniedit demo --out demo

test: $(READY)
	$(BIN)/python -m pytest $(WORKERS)

check: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python -m omniedit.bench.speed
	$(BIN)/python -m omniedit.bench.engine_overhead
	$(BIN)/python -m omniedit.bench.train_speed
	$(BIN)/python -m omniedit.bench.data_wait
	$(BIN)/python -m omniedit.bench.ingest --photos $(PHOTOS) --img2dataset "$(IMG2DATASET)"

# About four and a half hours on two cores, and it may be stopped: the same command goes on.
ablate: $(READY) runs/photos
	$(BIN)/omniedit bench ablate --out runs/ablate --photos runs/photos --document docs/ablations.md

runs/photos: $(READY)
	$(BIN)/python scripts/debian_photos.py $@

docs: $(READY)
	$(BIN)/python -m omniedit.cli.reference > docs/cli.md

clean:
	rm -rf .venv demo runs out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(READY): pyproject.toml constraints.txt scripts/setup.sh
	PYTHON=$(PYTHON) scripts/setup.sh
	touch $@
