# Everything here needs Go; what else a target needs it installs, or says how to.
GO ?= go
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
SCRIPTS := .ci/run .ci/install .ci/fuzz .ci/browser/run

.DEFAULT_GOAL := help
.PHONY: help build demo test race bench lint

help: ## This list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST)

build: ## The program, in bin/relance
	$(GO) build -o bin/relance ./cmd/relance

demo: build ## Try it: 200 invented people, messages on screen (ARGS="--speed 3600" and others: bin/relance demo --help)
	./bin/relance demo $(ARGS)

test: ## All tests; installs redis-server when it is missing
	.ci/install redis-server
	$(GO) test ./...

race: ## All tests with the race detector, without the longest ones
	.ci/install redis-server
	$(GO) test -race -short ./...

bench: ## The main figures as ratios in one run (PKG=./... BENCH=. BENCHTIME=1s for every benchmark)
	.ci/install redis-server
	$(GO) test -count=1 -run '^$$' -bench '$(or $(BENCH),.)' -benchtime $(or $(BENCHTIME),1x) $(or $(PKG),./cmd/relance/bench)

lint: ## Format, vet, staticcheck, who imports whom, shell scripts
	@unformatted=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); \
	if [ -n "$$unformatted" ]; then printf 'Not formatted; run gofmt -w on:\n%s\n' "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	$(GO) test -count=1 -run '^TestImports' .
	@for script in $(SCRIPTS); do bash -n "$$script" || exit 1; done
	@if command -v shellcheck >/dev/null; then shellcheck $(SCRIPTS); fi
