import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { listen, type Listening } from '../../../../tests/servers/listen.ts'

/** Serves the page of main.ts at every path; the path is its mode. */
export async function startSite(): Promise<Listening> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('main.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    conditions: ['@latchkey/source'],
  })
  return listen(origin => ({ url }, response) => {
    response.setHeader('Content-Type', 'text/html')
    response.end(
      `<!doctype html><html data-mode="${new URL(url!, origin).pathname.slice(1)}"><title>site</title><body>
      <button onclick="stage.begin(...args)">Sign in</button><script type="module">${outputFiles[0]!.text}</script>`,
    )
  })
}
