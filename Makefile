.DEFAULT_GOAL := help
export LODE_CHLOCAL := $(CURDIR)/bin/chlocal
SMOKE ?=
UP ?=
COMPOSE ?=

help: ## what can be made
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16
NODE_MODULES := tools/chdb/node_modules/.package-lock.json services/analytics/web/node_modules/.package-lock.json
deps: $(NODE_MODULES) ## install what is not Go: the ClickHouse engine and what the page is made of, from npm
%/node_modules/.package-lock.json: %/package-lock.json
	npm ci --prefix $* --no-audit --no-fund
browser: ## install what drives the page in tests: chromium, from Debian
	command -v chromium >/dev/null || apt-get install -y --no-install-recommends chromium || (apt-get update && apt-get install -y --no-install-recommends chromium)
build: deps ## build every program into bin/
	go build -o bin/ ./services/.../cmd/... ./tools/cmd/...
up: build ## run everything on this machine with demo traffic; Ctrl-C stops, starting again goes on
	bin/lode up $(UP)
smoke: build ## run everything from nothing until relays are settled on chain; last line is JSON
	@bin/lode smoke $(SMOKE)
test: deps browser build ## vet, then all tests: unit, property, fuzz seeds, integration, end to end on the real chain
	go vet work
	cd tools/helm && GOWORK=off go test -vet=off -count=1 .
	cd tools/alerts && GOWORK=off go test -count=1 ./...
	go tool gotestsum --format pkgname-and-test-fails -- -count=1 -timeout 25m work
test-vectors: ## golden vectors of LODE_VECTORS (default: ours) through our code; last line is JSON
	@go run ./tools/cmd/vectors
race: build ## all tests of the services under the race detector
	go test -race -timeout 20m ./services/...
fuzz: ## every fuzz target for a while (FUZZTIME, default 20s each)
	go run ./tools/cmd/fuzzall $(or $(FUZZTIME),20s)
nightly: ## 100,000 random rings and tries through our code and the official libraries (NIGHTLY, default that many)
	go test -count=1 -timeout 5h -run Reference -skip Large ./services/pocket/ring ./services/pocket/smst -rapid.checks=$(or $(NIGHTLY),100000)
bench-hot: ## the hot path, ours and the official libraries side by side (BENCH, flags); last line is JSON
	@go run ./tools/cmd/benchhot $(BENCH)
bench-relayer: ## the relayer under load: relays/s, CPU and added time, nothing lost (BENCH, flags); last line is JSON
	@go build -o bin/ ./services/relayer/cmd/relayer && go run ./tools/cmd/benchrelayer $(BENCH)
bench-deps: ## install what benches compare with: redis-server, from Debian
	command -v redis-server >/dev/null || apt-get install -y --no-install-recommends redis-server
bench-hasher: ## the hasher under load, restarted, killed, and the same work over Redis (BENCH, flags); last line is JSON
	@go build -o bin/ ./services/hasher/cmd/hasher ./tools/cmd/benchhasher && bin/benchhasher $(BENCH)
chaos: ## hashers killed, paused and restarted at random under load for LODE_CHAOS (default 2m); every root is compared
	@go build -o bin/ ./services/hasher/cmd/hasher
	LODE_CHAOS=$(or $(LODE_CHAOS),2m) go test -count=1 -v -timeout 60m -run Chaos ./e2e/robustness
bench-submitter: ## 1,000 suppliers claim and prove in the same windows of a real chain (BENCH, flags); last line is JSON
	@go build -o bin/ ./services/.../cmd/... ./tools/cmd/... && bin/benchsubmitter $(BENCH)
bench-indexer: ## a real chain of 2,000 blocks with claims is made, then indexed from its first block (BENCH, flags); last line is JSON
	@go build -o bin/ ./services/.../cmd/... ./tools/cmd/... && bin/benchindexer $(BENCH)
compose-deps: ## install Docker, Compose and debootstrap from Debian
	@dockerd --version >/dev/null && debootstrap --version >/dev/null || (apt-get update -qq && apt-get install -y --no-install-recommends docker.io docker-compose iptables debootstrap)
bin/compose: deps
	@go build -o bin/ ./tools/cmd/compose
compose-up: bin/compose ## all of it under docker compose, with images made here and a local chain; starting again goes on
	@bin/compose up
compose-down: bin/compose ## stop it (COMPOSE=--all: forget its state, too)
	@bin/compose down $(COMPOSE)
compose-e2e: compose-deps bin/compose ## all of it from nothing, faults under load, until every relay is settled (COMPOSE, flags); last line is JSON
	@bin/compose e2e $(COMPOSE)
bench-analytics: ## 5 million settlements, 50 million sums of relays, twelve questions with every answer checked; then bench-indexer (BENCH, flags); last line is JSON
	@go build -o bin/ ./services/.../cmd/... ./tools/cmd/... && bin/benchanalytics $(BENCH)
lint: ## golangci-lint with .golangci.yml; the portable code of the hot path
	cd tools/lint && GOWORK=off go build -o ../../bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	bin/golangci-lint run ./services/... ./proto/... ./schemas/... ./tools/... ./e2e/...
	GOARCH=arm64 go vet ./services/pocket/...
gen: ## regenerate code, catalogue, permissions and configuration examples
	npm ci --prefix proto --no-audit --no-fund
	cd proto && npx buf generate
	go run ./tools/gen/bus .
	go run ./tools/gen/config .
	go run ./tools/gen/metrics .
	go run ./tools/gen/chart .
	go run ./tools/gen/grafana .
	npm ci --prefix services/analytics/web --no-audit --no-fund
	go run ./tools/gen/web .
	go run ./tools/gen/asm/curve .
	go run ./tools/gen/asm/sha256x .
clean: ## remove what was built and the state of make up
	rm -rf bin .lode
.PHONY: help deps browser build up smoke test test-vectors race fuzz nightly bench-hot bench-relayer bench-deps bench-hasher bench-submitter bench-indexer bench-analytics chaos bin/compose compose-deps compose-up compose-down compose-e2e lint gen clean
