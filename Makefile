# "make" lists the targets. Go and make are enough for build and demo.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS   += --no-print-directory

VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
FUZZTIME ?= 10m
RUNS     ?= 5
SCALE    ?= 1
PARTS    ?=
ROWS     ?=
PACKAGES ?= ./...

# Debian keeps nginx where only root looks.
export PATH := $(PATH):/usr/sbin

.PHONY: help build demo test deps check fuzz big conformance bench bench-experiments bench-live bench-proxy simulate soak bench-go profile clean

help: ## list the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '  make %-17s %s\n' "$$name" "$$text"; done

build: ## build bin/splitgauge, a static binary
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w -X main.version=$(VERSION)' -o bin/splitgauge ./cmd/splitgauge

demo: build ## build, and report on generated traffic
	bin/splitgauge demo

# Allocations are counted apart because the race detector adds its own; the
# tests that count them have "Alloc" in their names.
test: deps check ## run every check and test
	go test -timeout 5m -run Alloc ./... | { grep -v 'no tests to run\|no test files' || true; }
	CGO_ENABLED=1 go test -timeout 10m -race -skip Alloc ./...

deps: ## install what the tests need (Debian, as root), else say what is missing
	@.ci/deps test

check: ## gofmt, go vet, staticcheck and go mod tidy, without changing anything
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not as gofmt writes it:" $$unformatted >&2; exit 1; fi
	go vet ./...
	go tool staticcheck ./...
	go mod tidy -diff

fuzz: ## run every fuzz target of PACKAGES for FUZZTIME (10m) each
	@for package in $$(go list $(PACKAGES)); do \
		targets=$$(go test -list '^Fuzz' "$$package" | { grep '^Fuzz' || true; }); \
		for target in $$targets; do \
			echo "$$package $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "$$package"; \
		done; \
	done

big: ## read documents and lines of 1 GB in bounded memory; make test does it with smaller ones
	SPLITGAUGE_FULL=1 go test -timeout 30m -run 'Big|Huge' -v ./cmd/splitgauge

conformance: ## rotate, kill and compare at full length; SPLITGAUGE_UPDATE=1 writes docs/reliability.md
	@.ci/deps test
	SPLITGAUGE_FULL=1 SPLITGAUGE_UPDATE=$(SPLITGAUGE_UPDATE) go test -count 1 -timeout 60m -v ./internal/conformance

bench: build ## compare with wc, logswan, GoAccess and mtail: RUNS (5), SCALE (1)
	@.ci/deps bench
	go build -trimpath -buildvcs=false -o bin/bench/ ./bench/...
	bin/bench/generate -scale $(SCALE) -dir bench/data
	bin/bench/compare -runs $(RUNS) -data bench/data $(if $(filter 1,$(SCALE)),-update docs/benchmarks.md)

bench-experiments: build ## measure what comparing variants costs above replay, on 20 million lines and more: RUNS (5), SCALE (11)
	go build -trimpath -buildvcs=false -o bin/bench/ ./bench/...
	bin/bench/generate -scale $(if $(filter file,$(origin SCALE)),11,$(SCALE)) -dir bench/data-experiments
	bin/bench/compare -experiments -runs $(RUNS) -data bench/data-experiments $(if $(filter file,$(origin SCALE)),-update docs/benchmarks.md)

bench-live: build ## measure the agent beside bare nxadm/tail and mtail; needs the logs of make bench
	@.ci/deps bench
	go build -trimpath -buildvcs=false -o bin/bench/ ./bench/...
	test -e bench/data/combined.log || bin/bench/generate -scale $(SCALE) -dir bench/data
	bin/bench/live -update docs/benchmarks.md

bench-proxy: build ## measure the proxy beside HAProxy and nginx stream: RUNS (5), PARTS (all)
	@.ci/deps bench
	go build -trimpath -buildvcs=false -o bin/bench/ ./bench/...
	bin/bench/proxy -runs $(RUNS) -parts '$(PARTS)' -update docs/benchmarks.md

# RUNS is 2000 here unless it was given.
simulate: RUNS := $(if $(filter file,$(origin RUNS)),2000,$(RUNS))
simulate: ## show what answers to experiments are worth: RUNS (2000) of each of ROWS (all; a regular expression)
	go build -trimpath -buildvcs=false -o bin/bench/ ./bench/simulate
	bin/bench/simulate -runs $(RUNS) -rows '$(ROWS)' $(if $(ROWS),,-update docs/experiments.md)

soak: ## fifteen minutes of the proxy under churn and faults; draws docs/proxy-soak.svg
	SPLITGAUGE_FULL=1 SPLITGAUGE_UPDATE=1 go test -count 1 -timeout 20m -run 'TestSoak$$' -v ./proxy

bench-go: ## run the Go benchmarks
	go test -timeout 30m -run '^$$' -bench . -benchmem $(PACKAGES) | { grep -v 'no test files' || true; }

# The compiler reads the profile by its name, cmd/splitgauge/default.pgo.
profile: ## measure where replay spends its time, for the compiler
	go test -run '^$$' -bench 'Replay$$' -benchtime 6s -cpuprofile $(CURDIR)/cmd/splitgauge/default.pgo -o /dev/null ./internal/agent

clean: ## remove what was built and generated
	rm -rf bin bench/data bench/data-experiments
