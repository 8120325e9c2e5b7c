import type { Logger } from '@latchkey/core/ports'
import type { Link } from './link.ts'

const VICTIMS: Readonly<Record<string, string>> = {
  allkeys: 'tokens, and whoever owns them would be signed out',
  volatile: 'sign-ins that have not ended yet',
}

/** Warns if a primary may evict keys of ours when its memory is full. Where it cannot be asked, nobody is warned. */
export async function warnOfEviction(link: Link, logger: Logger): Promise<void> {
  const infos = await link
    .run(async connection => {
      const primaries = await connection.primaries()
      return Promise.all(primaries.map(primary => primary(['INFO', 'memory'])))
    })
    .catch(() => [])
  for (const info of infos) {
    const [, policy = ''] = /^maxmemory_policy:(\S+)/m.exec(String(info)) ?? []
    const victims = VICTIMS[policy.split('-')[0]!]
    if (!victims || /^maxmemory:0\s*$/m.test(String(info))) continue
    return logger.warn(
      `latchkey: Redis may evict ${victims}: its maxmemory-policy is ${policy}; set it to noeviction`,
    )
  }
}
