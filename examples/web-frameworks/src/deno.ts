import server from './fetch.ts'

declare const Deno: { serve(options: object, handle: (request: Request) => Promise<Response>): unknown }

Deno.serve({ hostname: server.hostname, port: server.port }, server.fetch)
