import { createHash } from 'node:crypto'
import type { Connection } from './connection.ts'

/** Runs on one key, where the key is. */
export type Script = (
  connection: Connection,
  key: string,
  args: readonly string[],
  signal: AbortSignal,
) => Promise<unknown>

/** A script by its digest; by its text where the server does not know it, or no longer. */
function script(text: string): Script {
  const digest = createHash('sha1').update(text).digest('hex')
  return async (connection, key, args, signal) => {
    const run = (command: string, what: string): Promise<unknown> =>
      connection.command(key, [command, what, '1', key, ...args], signal)
    try {
      return await run('EVALSHA', digest)
    } catch (error) {
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
      return run('EVAL', text)
    }
  }
}

// `GETEX` without options is a `GET` that counts as a write: a replica refuses it, so that no decision rests on
// what a replica has. A hint that cannot be published (`pcall`) is no failure.

/**
 * Writes ARGV[1] if what is stored is ARGV[4], or nothing and there is no ARGV[4]; answers 1, or else what is
 * stored. ARGV[2] is when it expires (Unix time in ms, or ''), ARGV[3] the command that publishes.
 */
export const swap: Script = script(`
local current = redis.call('GETEX', KEYS[1])
if current ~= ARGV[1] then
  if current ~= (ARGV[4] or false) then return current end
  if ARGV[2] == '' then redis.call('SET', KEYS[1], ARGV[1])
  else redis.call('SET', KEYS[1], ARGV[1], 'PXAT', ARGV[2]) end
  redis.pcall(ARGV[3], KEYS[1], '')
end
return 1`)

/** Removes whatever is stored; ARGV[1] is the command that publishes. */
export const remove: Script = script(`
if redis.call('DEL', KEYS[1]) == 1 then redis.pcall(ARGV[1], KEYS[1], '') end
return 1`)

/** Writes what is stored once more, if it is still ARGV[1] or there is no ARGV[1]; answers whether it did. */
export const rewrite: Script = script(`
local current = redis.call('GETEX', KEYS[1])
if not current or current ~= (ARGV[1] or current) then return 0 end
redis.call('SET', KEYS[1], current, 'KEEPTTL')
return 1`)
