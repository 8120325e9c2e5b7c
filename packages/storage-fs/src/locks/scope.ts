import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Reads an id of this boot of the system, by platform. Each may throw. */
const BOOT_ID_READERS: Readonly<Record<string, () => string>> = {
  linux: () =>
    `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${readlinkSync('/proc/self/ns/net')}`,
  darwin: () => execFileSync('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' }).trim(),
}

let cached: string | undefined

/**
 * Returns the scope of locks: the processes that can detect each other's death. On Linux it is one boot and one
 * network namespace, so each container on a shared volume has its own; on macOS one boot; elsewhere the host name.
 */
export function lockScope(): string {
  cached ??= `host/${readBootId() ?? hostname()}`
  return cached
}

function readBootId(): string | undefined {
  try {
    return BOOT_ID_READERS[process.platform]?.()
  } catch {
    return undefined // no /proc, or no sysctl
  }
}
