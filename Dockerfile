# The standalone agent. BASE is any Debian-based image of Node.js 20.19 or newer; the build stage needs its headers,
# which the official images carry.
ARG BASE=docker.io/library/node:24-bookworm-slim

FROM ${BASE} AS build
RUN apt-get update && apt-get install --yes --no-install-recommends make g++ python3
WORKDIR /kube-vrrp
COPY package.json package-lock.json ./
COPY scripts/install-npm-packages scripts/install-debian-packages scripts/
RUN scripts/install-npm-packages
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npx tsc -p tsconfig.build.json && npm prune --omit=dev

FROM ${BASE}
WORKDIR /kube-vrrp
ENV NODE_ENV=production
COPY --from=build /kube-vrrp/node_modules node_modules
COPY --from=build /kube-vrrp/dist dist
COPY package.json LICENSE ./
COPY bin bin
ENTRYPOINT ["/kube-vrrp/bin/kube-vrrp"]
CMD ["agent", "--help"]
