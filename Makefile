VERSION := $(shell git describe --always --dirty 2>/dev/null || echo dev)

.PHONY: build test lint vuln bench fuzz clean

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

fuzz:
	.ci/run fuzz

clean:
	rm -rf bin
