import type { Logger } from '@latchkey/core/ports'
import type { RedisLink } from './redis-link.ts'

const EVICTABLE: Readonly<Record<string, string>> = {
  allkeys: 'tokens, which signs their users out',
  volatile: 'pending sign-ins',
}

/** Warns if a primary may evict our keys when its memory is full. Ignores a primary that does not respond. */
export async function warnOfEviction(link: RedisLink, logger: Logger): Promise<void> {
  const infos = await link
    .run(async connection => {
      const primaries = await connection.primaries()
      return Promise.all(primaries.map(primary => primary(['INFO', 'memory'])))
    })
    .catch(() => [])
  for (const info of infos) {
    const [, policy = ''] = /^maxmemory_policy:(\S+)/m.exec(String(info)) ?? []
    const evictable = EVICTABLE[policy.split('-')[0]!]
    if (!evictable || /^maxmemory:0\s*$/m.test(String(info))) continue
    return logger.warn(
      `latchkey: Redis may evict ${evictable}: its maxmemory-policy is ${policy}; set it to noeviction`,
    )
  }
}
