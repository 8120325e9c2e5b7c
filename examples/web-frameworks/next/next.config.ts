// Two clients in one process would have two memories: Next.js bundles each route, so core stays outside the bundles.
export default {
  serverExternalPackages: ['@latchkey/core', '@latchkey/storage-fs', '@latchkey/transport-fetch'],
}
