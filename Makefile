# Everything a developer does with this repository. Each target installs what it lacks: npm packages by npm, commands
# by apt-get (Debian 12, as root). `make` alone lists the targets.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

# COMMAND:PACKAGE, for scripts/install-debian-packages
LAB_PACKAGES := ip:iproute2 nft:nftables tcpdump:tcpdump sysctl:procps setpriv:util-linux curl:curl nginx:nginx-light
CLUSTER_PACKAGES := $(LAB_PACKAGES) containerd:containerd runc:runc etcd:etcd-server iptables:iptables \
	conntrack:conntrack /usr/lib/cni/bridge:containernetworking-plugins busybox:busybox-static openssl:openssl unzip:unzip \
	ping:iputils-ping
TEST_PACKAGES := $(LAB_PACKAGES) keepalived:keepalived /usr/lib/frr/vrrpd:frr ping:iputils-ping \
	arping:iputils-arping promtool:prometheus unzip:unzip

SOURCES := $(shell find src -name '*.ts' 2>/dev/null) package.json tsconfig.json tsconfig.build.json
RUN_TESTS := node --import tsx scripts/run-tests.ts

.PHONY: help build lint typecheck format reference crds manifests test test-unit test-deploy test-kernel test-netns image demo clean
.PHONY: cluster cluster-down e2e bench simulate
.PHONY: npm-packages test-packages deploy-packages demo-packages bench-packages cluster-packages client-packages

help: ## List the targets
	@echo 'Targets:'
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

build: npm-packages dist/.built ## Check the types and bundle src/ to dist/; after it bin/kube-vrrp runs

lint: npm-packages ## Check the style and the formatting of every file
	eslint .
	prettier --check --log-level warn .

typecheck: npm-packages ## Check the types of everything, tests and demo included
	tsc -p tsconfig.json

format: npm-packages ## Write every file the way `make lint` wants it
	prettier --write --log-level warn .

reference: npm-packages ## Write docs/virtual-ip.md, the fields of a VirtualIP, from the schema
	@node --import tsx scripts/write-reference.ts

crds: npm-packages ## Write deploy/crds, the custom resource definitions, from the schema
	@node --import tsx scripts/write-crds.ts

manifests: crds ## Write what of deploy/ and docs/helm.md is made from the chart and the CRDs
	@scripts/install-debian-packages unzip:unzip
	@node --import tsx scripts/write-manifests.ts

test: build test-packages ## Run all tests
	@$(RUN_TESTS)

test-unit: npm-packages ## Run the tests that need neither root nor a network
	@$(RUN_TESTS) unit

test-deploy: npm-packages deploy-packages ## Run the tests of the chart and of what is made from it
	@$(RUN_TESTS) deploy

test-kernel: build test-packages ## Run the tests of the kernel adapters (root)
	@$(RUN_TESTS) kernel

test-netns: build test-packages ## Run the tests against keepalived in network namespaces (root)
	@$(RUN_TESTS) netns

image: ## Build the container image, build/image/kube-vrrp.tar (root)
	@scripts/build-image

demo: build demo-packages ## Three hosts, one address: crash, return and planned move, in a minute (root)
	@node --import tsx demo/main.ts

cluster: npm-packages cluster-packages image ## Start a Kubernetes of three nodes on this machine, with kube-vrrp and nginx (root)
	@node --import tsx lab/cluster/main.ts quick-start

cluster-down: npm-packages ## Remove every trace of the Kubernetes that `make cluster` started (root)
	@node --import tsx lab/cluster/main.ts down

# `make e2e KUBECONFIG=FILE` runs them on another cluster; a KUBECONFIG of the environment may name anybody's by habit.
ifeq ($(origin KUBECONFIG),command line)
e2e: export E2E_KUBECONFIG := $(KUBECONFIG)
E2E_NEEDS := client-packages $(if $(E2E_LOAD),image)
else
E2E_NEEDS := test-packages cluster-packages image
endif
e2e: npm-packages $(E2E_NEEDS) ## Run the tests on a Kubernetes of three nodes (root)
	@$(RUN_TESTS) e2e

bench: build bench-packages ## Measure failovers beside keepalived, in alternating runs: three quarters of an hour (root)
	@node --import tsx bench/all.ts

# `make simulate SEEDS=100000`, `make simulate HOURS=1000000`; all others are in `node --import tsx simulation/main.ts --help`.
simulate: npm-packages ## Hunt for two holders on simulated hosts: 20,000 schedules of faults, each from a seed
	@nice node --import tsx simulation/main.ts $(if $(SEEDS),--seeds $(SEEDS)) $(if $(FROM),--from $(FROM)) \
		$(if $(HOURS),--hours $(HOURS)) $(if $(SLOW),--slow) $(if $(WORKERS),--workers $(WORKERS)) $(if $(SEED),--seed $(SEED)) $(if $(DEPTH),--depth $(DEPTH))

clean: ## Remove what was built; installed packages stay
	rm -rf dist dist.new dist.old build coverage .cache

npm-packages:
	@scripts/install-npm-packages

test-packages:
	@scripts/install-debian-packages $(TEST_PACKAGES)

cluster-packages:
	@scripts/install-debian-packages $(CLUSTER_PACKAGES)

# For kubectl and helm, which come in an archive.
client-packages:
	@scripts/install-debian-packages unzip:unzip

# For helm, which comes in an archive, and for the alerts.
deploy-packages:
	@scripts/install-debian-packages unzip:unzip promtool:prometheus

demo-packages:
	@scripts/install-debian-packages $(LAB_PACKAGES)

bench-packages:
	@scripts/install-debian-packages $(LAB_PACKAGES) keepalived:keepalived

dist/.built: $(SOURCES) scripts/bundle.mjs package-lock.json | npm-packages
	npm run --silent build
	@touch $@
