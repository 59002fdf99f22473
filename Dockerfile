# The worker (`--target worker`) and the command line with the local cloud (`--target imagen`), from one build.
# Both hold Node.js, what it links to and the program: no shell, no package manager.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
# pnpm at the version that package.json pins. The store is filled before the sources come: an edit does not download again.
# hadolint ignore=DL3016
RUN npm install --global "$(node -p "require('./package.json').packageManager")" && pnpm fetch
COPY packages packages
COPY tsconfig.base.json tsconfig.build.json ./
RUN pnpm install --offline --frozen-lockfile && pnpm run build \
    && pnpm --filter @imagen/worker deploy --offline --prod --legacy /out/worker \
    && pnpm --filter @imagen/cli deploy --offline --prod --legacy /out/imagen \
    # Types, source maps and readmes are not run; licences stay.
    && find /out -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' -o -iname 'readme.md' -o -iname 'changelog.md' \) -delete

# A root of exactly these Debian packages, with their entries in dpkg's list so that scanners see them.
FROM ${NODE_IMAGE} AS root
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /root-of-image
# hadolint ignore=SC2086
RUN packages='base-files libc6 libgcc-s1 libstdc++6 ca-certificates' \
    && mkdir --parents usr/lib usr/lib64 usr/local/bin etc/ssl/certs var/lib/dpkg/status.d \
    && dpkg-query --listfiles $packages | grep -Ev '^/(\.|usr/share/(doc|man|lintian)/.*)$' \
       | tar --create --absolute-names --no-recursion --files-from - | tar --extract \
    && for package in $packages; do dpkg --status "$package" > "var/lib/dpkg/status.d/$package"; done \
    && cp /etc/ssl/certs/ca-certificates.crt etc/ssl/certs/ && cp /usr/local/bin/node usr/local/bin/ \
    && echo 'imagen:x:65532:65532::/tmp:/sbin/nologin' > etc/passwd && echo 'imagen:x:65532:' > etc/group

FROM scratch AS runtime
COPY --from=root /root-of-image /
USER 65532:65532
WORKDIR /app
# sharp's pool and glibc's allocator, as measured (docs/performance-notes.md).
ENV NODE_ENV=production \
    UV_THREADPOOL_SIZE=8 \
    MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=131072 \
    GLIBC_TUNABLES=glibc.malloc.hugetlb=1

FROM runtime AS imagen
COPY --from=build /out/imagen /app
ENTRYPOINT ["/usr/local/bin/node", "/app/dist/main.js"]

FROM runtime AS worker
COPY --from=build /out/worker /app
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s \
    CMD ["/usr/local/bin/node", "-e", "fetch('http://127.0.0.1:'+(process.env.IMAGEN_PORT??8080)+'/readyz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
# Node.js is process 1 and handles SIGTERM itself: it drains.
ENTRYPOINT ["/usr/local/bin/node", "/app/dist/main.js"]
