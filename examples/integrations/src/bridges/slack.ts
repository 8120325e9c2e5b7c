import { type KeptTokens, keepTokens, type TokenStore } from '@latchkey/core'
import type { Installation, InstallationStore } from '@slack/oauth'
import { WebClient, type WebClientOptions } from '@slack/web-api'

/** What an application knows of an installation, without its tokens. */
export interface InstallationTable {
  get(team: string): Promise<Installation | undefined>
  set(team: string, installation: Installation): Promise<void>
  delete(team: string): Promise<void>
}

/** An `installationStore` of `@slack/oauth` for bots: the installer gets a valid token, and never refreshes by itself. */
export function installationStore(
  table: InstallationTable,
  store: TokenStore,
  app: { readonly client_id: string; readonly client_secret: string },
  options: WebClientOptions = {},
): InstallationStore & { botOf(team: string): KeptTokens } {
  const slack = new WebClient(undefined, options)
  const botOf = (team: string): KeptTokens =>
    keepTokens({
      store,
      key: `slack ${team}`,
      refresh: async refresh_token => {
        const response = await slack.oauth.v2.access({ ...app, grant_type: 'refresh_token', refresh_token })
        return { ...response, access_token: response.access_token! }
      },
    })
  return {
    botOf,
    async storeInstallation({ bot, ...installation }) {
      const team = (installation.team ?? installation.enterprise)!.id
      const { token, refreshToken, expiresAt, ...rest } = bot!
      await botOf(team).import({
        access_token: token,
        ...(refreshToken && { refresh_token: refreshToken }),
        ...(expiresAt && { expires_at: expiresAt * 1000 }),
      })
      await table.set(team, { ...installation, bot: { ...rest, token: '' } } as Installation)
    },
    async fetchInstallation({ teamId, enterpriseId }) {
      const team = (teamId ?? enterpriseId)!
      const found = await table.get(team)
      if (!found) throw new Error(`the app is not installed in ${team}`)
      return { ...found, bot: { ...found.bot!, token: await botOf(team).accessToken() } } as never
    },
    async deleteInstallation({ teamId, enterpriseId }) {
      const team = (teamId ?? enterpriseId)!
      await botOf(team).signOut()
      await table.delete(team)
    },
  }
}
