VERSION := $(shell git describe --always --dirty 2>/dev/null || echo dev)

.PHONY: build test lint vuln bench soak trial table fuzz clean

build:
	go build -ldflags "-X main.version=$(VERSION)" -o bin/usher ./cmd/usher

test:
	go test -race -gcflags='modernc.org/...=-d=checkptr=0' ./...

lint:
	.ci/run lint

# Needs vuln.go.dev, so it is no part of CI.
vuln:
	go tool govulncheck ./...

bench:
	USHER_BENCH=1 go test -run '^TestBench' -count=1 -v -timeout 60m ./cmd/usher ./importer

# All goes wrong at once for five minutes: make soak TIME=30m is longer, make soak SEED=15 replays one.
TIME ?= 5m

soak:
	USHER_SOAK=$(TIME) USHER_SOAK_SEED=$(SEED) go test -run '^TestSoak$$' -count=1 -v -timeout 0 ./cmd/usher

# Real processes against a limit: about two minutes for each way of telling it.
trial:
	USHER_TEST_TRIAL=$${USHER_TEST_TRIAL:-3} go test -run '^TestTrial$$' -count=1 -v -timeout 60m ./cmd/usher

# How much of a limit is used, beside a naive client: half a minute a row.
# USHER_TEST_TABLE=3 USHER_TEST_TABLE_RATES=20 USHER_TEST_TABLE_TIME=60s make table is two of the rows.
table:
	USHER_TEST_TABLE=$${USHER_TEST_TABLE:-1,3,8} go test -run '^TestTrialTable$$' -count=1 -v -timeout 60m ./cmd/usher

fuzz:
	FUZZ=all .ci/run fuzz

clean:
	rm -rf bin
