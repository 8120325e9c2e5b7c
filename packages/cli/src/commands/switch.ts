import type { Context, Result } from '../context.ts'
import { describedProvider } from '../providers.ts'
import { saveConfiguration } from '../save-configuration.ts'
import { UsageError } from '../usage-error.ts'

/** Saves the provider and the account that commands use without `--provider` and `--account`. */
export async function run({ settings, options, argument }: Context): Promise<Result> {
  const { file, provider, account } = settings
  const isProviderGiven = (argument ?? options['provider']) !== undefined
  if (!isProviderGiven && options['account'] === undefined)
    throw new UsageError('switch to what? Name a provider, --account, or both')
  describedProvider(settings)
  // Another provider has other accounts.
  const changes = isProviderGiven
    ? { provider, account: (options['account'] as string | undefined) ?? 'default' }
    : { account }
  saveConfiguration(file, configuration => ({ ...configuration, ...changes }))
  const now = { provider, account: changes.account }
  const overriding = ['LATCHKEY_PROVIDER', 'LATCHKEY_ACCOUNT'].filter(name => process.env[name])
  return Promise.resolve({
    lines: [
      `Commands now use ${now.provider}, account ${now.account}.`,
      ...overriding.map(name => `But ${name} is set, and overrides that.`),
    ],
    json: now,
  })
}
