# Everything that is done to this repository. Building needs Go alone; testing needs other people's
# mail programs too, which make test installs where it can.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build assets screenshots wasm-size run test race bench fuzz lint gofmt vet tools generate check-generated clean

GO ?= go
FUZZTIME ?= 20s
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
# The packages that goroutines meet in.
CONCURRENT := ./engine ./engine/server/... ./engine/maildir/... ./engine/memdrop/... ./engine/live ./engine/watch ./web/bridge/... ./web/tunnel

help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' Makefile

build: assets ## build bin/pop3lab, with the pages in it
	@$(GO) build -trimpath -o bin/pop3lab ./cmd/pop3lab

assets: ## make what the pages load: the module, scripts, styles
	@$(GO) run ./web/build

screenshots: assets ## take pictures of the pages, to look at
	@$(GO) run ./web/pictures -dir screenshots

wasm-size: ## print the size of the browser's module against an empty one
	@$(GO) run ./wasm/size

run: build ## build, and start a server with a demonstration mailbox (flags: make run ARGS='--trace')
	@bin/pop3lab serve $(ARGS)

test: gofmt vet tools assets ## test everything (without a client: POP3LAB_WITHOUT=mutt,getmail)
	$(GO) test -race $(CONCURRENT)
	$(GO) test -timeout 25m ./...

race: ## test the packages with goroutines under the race detector
	$(GO) test -race $(CONCURRENT)

bench: build ## measure the server against a bare sender, the bridge, and the first page
	$(GO) run ./engine/server/bench $(ARGS)
	$(GO) run ./web/bridge/bench
	$(GO) run ./web/pagebench

fuzz: ## fuzz each target for FUZZTIME, 20s unless told
	@$(GO) test -list '^Fuzz' ./... | \
		awk '/^Fuzz/ { target[n++] = $$1 } /^ok/ { for (i = 0; i < n; i++) print $$2, target[i]; n = 0 }' | \
		while read -r package target; do \
			echo "$$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$package" </dev/null; \
		done

# Staticcheck doesn't know that go:wasmexport makes use of a function.
lint: gofmt vet ## check format, go vet (also for WebAssembly), staticcheck
	$(GO) run $(STATICCHECK) $$($(GO) list ./... | grep -v '/wasm$$')
	$(GO) run $(STATICCHECK) -checks inherit,-U1000 ./wasm

gofmt:
	@unformatted=$$(find . -name '*.go' -not -name '*_templ.go' -not -path '*/node_modules/*' -print0 | xargs -0 gofmt -l); \
		[ -z "$$unformatted" ] || { echo "gofmt would change:"; echo "$$unformatted"; exit 1; }

# What compiles for WebAssembly is what the module of wasm/ has in it.
vet:
	$(GO) vet ./...
	GOOS=wasip1 GOARCH=wasm $(GO) vet -tags=lessons $$(GOOS=wasip1 GOARCH=wasm $(GO) list -tags=lessons -deps ./engine ./engine/memdrop ./wasm/... 2>/dev/null | grep '^pop3lab')

tools:
	@.ci/tools

generate: ## write the generated files anew
	$(GO) generate ./...

check-generated: ## fail when a generated file is stale
	@git rev-parse --is-inside-work-tree >/dev/null 2>&1 || { echo "This is no git checkout: nothing to compare with."; exit 0; }; \
		before=$$(git status --porcelain; git diff); $(GO) generate ./...; \
		[ "$$before" = "$$(git status --porcelain; git diff)" ] || { git status --short; git diff; echo "make generate changes files: commit what it writes."; exit 1; }

clean: ## remove what make build leaves
	rm -rf bin web/static/dist screenshots
