// Node uses HTTPS_PROXY, HTTP_PROXY and NO_PROXY only if it is told to (docs/guides/proxies.md).
import { printLine } from './terminal.ts'

const VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy']

/** Makes every request of this process use the proxy of the environment, if there is one. */
export async function useProxies(env: NodeJS.ProcessEnv): Promise<void> {
  const variable = VARIABLES.find(name => env[name])
  if (variable === undefined || env['NODE_USE_ENV_PROXY'] === '1') return
  const { setGlobalProxyFromEnv } = await import('node:http')
  if (setGlobalProxyFromEnv as unknown) setGlobalProxyFromEnv()
  else
    printLine(
      `${variable} has no effect in this version of Node: set NODE_USE_ENV_PROXY=1, or use Node 24.14 or later.`,
    )
}
