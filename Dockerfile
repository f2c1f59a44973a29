# The image of operator and agent. BASE brings Node.js 20.19 or newer with npm and its headers, as the official images do;
# RUNTIME is the Debian that BASE is made of. Of BASE only the program `node` goes into the image: no npm, no compiler.
#
# Behind a registry of one's own: `--secret id=npmrc,src=$HOME/.npmrc`, and `--secret id=npmca,src=FILE` for its
# authority. A secret is there while its step runs, and never in a layer.
ARG BASE=docker.io/library/node:24-bookworm-slim
ARG RUNTIME=docker.io/library/debian:bookworm-slim

FROM ${BASE} AS packages
RUN apt-get update && apt-get install --yes --no-install-recommends make g++ python3
WORKDIR /kube-vrrp
COPY package.json package-lock.json ./
COPY scripts/install-npm-packages scripts/install-debian-packages scripts/
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    --mount=type=secret,id=npmca,target=/run/secrets/npmca \
    --mount=type=cache,target=/root/.npm \
    scripts/install-npm-packages

# Apart from the stage that compiles, so that an edit in src/ leaves it in the cache.
FROM packages AS production
RUN npm prune --omit=dev --offline --no-audit --no-fund \
    && rm -rf node_modules/.installed-from node_modules/.package-lock.json node_modules/nan \
    && find node_modules/raw-socket/build ! -name '*.node' -type f -delete \
    && find node_modules -type f \( -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' -o -name '*.map' \) -delete

FROM packages AS compiled
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY scripts/bundle.mjs scripts/
RUN npm run build

FROM ${RUNTIME}
WORKDIR /kube-vrrp
ENV NODE_ENV=production
COPY --from=packages /usr/local/bin/node /usr/local/bin/node
COPY --from=production /kube-vrrp/node_modules node_modules
COPY package.json LICENSE ./
COPY bin bin
COPY --from=compiled /kube-vrrp/dist dist
# Last, because they change with every commit.
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="kube-vrrp" \
    org.opencontainers.image.description="Floating virtual IP addresses for Kubernetes, with real VRRP: operator and node agent" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"
# The operator needs no rights on its host. An agent's pod asks for user 0 and two capabilities itself.
USER 65532:65532
ENTRYPOINT ["/kube-vrrp/bin/kube-vrrp"]
CMD ["--help"]
