import { createHash } from 'node:crypto'
import type { Connection } from './connection.ts'

/** Runs a script on one key. */
export type Script = (
  connection: Connection,
  key: string,
  args: readonly string[],
  signal: AbortSignal,
) => Promise<unknown>

/** Returns a function that runs a script by its digest, or by its text if the server does not know it. */
function defineScript(text: string): Script {
  const digest = createHash('sha1').update(text).digest('hex')
  return async (connection, key, args, signal) => {
    const run = (command: string, script: string): Promise<unknown> =>
      connection.command(key, [command, script, '1', key, ...args], signal)
    try {
      return await run('EVALSHA', digest)
    } catch (error) {
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
      return run('EVAL', text)
    }
  }
}

// Before a rejection, the script reads with `GETEX`. Without options it is a `GET` that counts as a write, so replicas
// reject it. Before a write, it reads with `GET`, because Redis lets a script exceed its memory after a first write.
// `pcall` ignores errors of publishing.

/**
 * Writes ARGV[1] if the stored value is ARGV[4], or absent without ARGV[4]. Returns 1 if it did or if ARGV[1] is already
 * stored, else the stored value. ARGV[2] is the expiry (Unix time in ms, or ''), ARGV[3] the command that publishes.
 */
export const swap: Script = defineScript(`
if redis.call('GET', KEYS[1]) ~= (ARGV[4] or false) then
  local current = redis.call('GETEX', KEYS[1])
  return current == ARGV[1] and 1 or current
end
if ARGV[2] == '' then redis.call('SET', KEYS[1], ARGV[1])
else redis.call('SET', KEYS[1], ARGV[1], 'PXAT', ARGV[2]) end
redis.pcall(ARGV[3], KEYS[1], '')
return 1`)

/** Removes the stored value; ARGV[1] is the command that publishes. */
export const remove: Script = defineScript(`
if redis.call('DEL', KEYS[1]) == 1 then redis.pcall(ARGV[1], KEYS[1], '') end
return 1`)

/** Writes the stored value again if it is still ARGV[1], or any value without ARGV[1]. Returns 1 if it did, else 0. */
export const rewrite: Script = defineScript(`
local current = redis.call('GET', KEYS[1])
if not current or current ~= (ARGV[1] or current) then return 0 end
redis.call('SET', KEYS[1], current, 'KEEPTTL')
return 1`)
