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

// What refuses is asked by `GETEX`, which without options is a `GET` that counts as a write, so that a replica does
// not answer. What writes is asked by `GET`: behind a first write Redis lets a script exceed its memory.
// A hint that cannot be published (`pcall`) is no failure.

/**
 * Writes ARGV[1] if what is stored is ARGV[4], or nothing and there is no ARGV[4]; answers 1, also where ARGV[1] is
 * what is stored, or else what is. ARGV[2] is when it expires (Unix time in ms, or ''), ARGV[3] the command that
 * publishes.
 */
export const swap: Script = script(`
if redis.call('GET', KEYS[1]) ~= (ARGV[4] or false) then
  local current = redis.call('GETEX', KEYS[1])
  return current == ARGV[1] and 1 or current
end
if ARGV[2] == '' then redis.call('SET', KEYS[1], ARGV[1])
else redis.call('SET', KEYS[1], ARGV[1], 'PXAT', ARGV[2]) end
redis.pcall(ARGV[3], KEYS[1], '')
return 1`)

/** Removes whatever is stored; ARGV[1] is the command that publishes. */
export const remove: Script = script(`
if redis.call('DEL', KEYS[1]) == 1 then redis.pcall(ARGV[1], KEYS[1], '') end
return 1`)

/** Writes what is stored once more, if it is still ARGV[1] or there is no ARGV[1]; answers whether it did. */
export const rewrite: Script = script(`
local current = redis.call('GET', KEYS[1])
if not current or current ~= (ARGV[1] or current) then return 0 end
redis.call('SET', KEYS[1], current, 'KEEPTTL')
return 1`)
