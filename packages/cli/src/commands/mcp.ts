import { type McpOAuthProvider, mcpOAuthProvider } from '@latchkey/mcp'
import { type Context, logger, openStore, type Result, transport } from '../context.ts'
import { checkStore } from '../login/check-store.ts'
import { chooseMethod } from '../login/choose-method.ts'
import { LOOPBACK_URI, portOf, SIGN_IN_METHODS } from '../login/methods.ts'
import { hasBrowser } from '../open-page.ts'
import { UsageError } from '../usage-error.ts'

type Action = (server: string, provider: McpOAuthProvider, context: Context) => Promise<Result>

/** What can be done with an MCP server. */
const ACTIONS: Readonly<Record<string, Action>> = {
  async login(server, provider, { settings, signal }) {
    await checkStore(await openStore(settings.store)) // before the user is asked for anything
    // Asked for by name, a login replaces the tokens that are there.
    await provider.login({ instead: await provider.storedAccessToken(), signal })
    return { lines: [`Signed in to ${server}.`], json: { server, account: settings.account } }
  },

  async header(_, provider, { signal }) {
    const authorization = `Bearer ${await provider.accessToken({ signal })}`
    return { text: `Authorization: ${authorization}`, json: { authorization } }
  },

  async logout(server, provider, { settings }) {
    await provider.signOut()
    return { lines: [`Signed out of ${server}.`], json: { server, account: settings.account } }
  },
}

/** Signs in to an MCP server, which names its authorization server itself, and prints what its requests need. */
export async function run(context: Context): Promise<Result> {
  const { settings, argument = '', options, signal } = context
  const [name = '', server, ...rest] = argument.split(' ')
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
  if (!action || server === undefined || rest.length > 0)
    throw new UsageError(`which server? Use 'mcp ${action ? name : 'login'} https://...'`)
  const port = portOf(options['port'])
  const redirectUri = port ? LOOPBACK_URI.replace('127.0.0.1', `127.0.0.1:${port}`) : LOOPBACK_URI
  const store = await openStore(settings.store)
  try {
    const provider = providerFor({
      server,
      store,
      redirectUri,
      clientMetadata: { client_name: 'Latchkey' },
      scope: options['scope'] as string | undefined,
      account: settings.account === 'default' ? undefined : settings.account,
      transport,
      logger,
      async signIn(client, request) {
        const { grants } = client.provider
        const usable = grants.filter(grant => grant === 'authorization_code')
        const method = chooseMethod({
          grants: usable,
          hasBrowser: hasBrowser(),
          redirect_uri: redirectUri,
          options,
        })
        await SIGN_IN_METHODS[method](client, { signal, port, request })
      },
    })
    const result = await action(server, provider, context)
    await provider.settled()
    return result
  } finally {
    await store.close?.()
  }
}

function providerFor(options: Parameters<typeof mcpOAuthProvider>[0]): McpOAuthProvider {
  try {
    return mcpOAuthProvider(options)
  } catch (error) {
    throw error instanceof TypeError ? new UsageError(error.message) : error
  }
}
