import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** What tells this run of this system from every other, by platform; each may fail. */
const BOOT: Readonly<Record<string, () => string>> = {
  linux: () =>
    `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${readlinkSync('/proc/self/ns/net')}`,
  darwin: () => execFileSync('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' }).trim(),
}

let known: string | undefined

/**
 * The circle of processes that can see one another live and die: on Linux one boot and one network namespace, so
 * that containers on a shared volume are circles of their own; on macOS one boot; elsewhere the host's name.
 */
export function lockScope(): string {
  known ??= `host/${boot() ?? hostname()}`
  return known
}

function boot(): string | undefined {
  try {
    return BOOT[process.platform]?.()
  } catch {
    return undefined // no /proc, or no sysctl
  }
}
