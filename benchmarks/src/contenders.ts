import { mkdtemp, rm } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Contender } from './contender.ts'

/** All contenders by the name of their file, in the order of the page: ours, the baseline, then the others. */
export const CONTENDERS = {
  latchkey: 'latchkey',
  'latchkey-flows': 'latchkey, flow functions',
  bare: 'bare (written by hand)',
  oauth4webapi: 'oauth4webapi',
  'openid-client': 'openid-client',
  arctic: 'arctic',
  badgateway: '@badgateway/oauth2-client',
  'simple-oauth2': 'simple-oauth2',
  'oidc-client-ts': 'oidc-client-ts',
  google: 'google-auth-library',
  msal: '@azure/msal-node',
  appauth: '@openid/appauth',
  octokit: '@octokit/auth-oauth-user',
  imgur: 'imgur',
} as const

export type ContenderName = keyof typeof CONTENDERS

export const NAMES = Object.keys(CONTENDERS) as ContenderName[]

/** Contenders for pages. Node cannot load their published modules, which import each other without an extension. */
export const TO_BUNDLE: readonly ContenderName[] = ['appauth']

export function fileOf(name: ContenderName): string {
  return fileURLToPath(new URL(`contenders/${name}.ts`, import.meta.url))
}

export async function load(name: ContenderName): Promise<Contender> {
  if (!TO_BUNDLE.includes(name)) return (await import(fileOf(name))) as Contender
  const directory = await mkdtemp(join(fileURLToPath(new URL('..', import.meta.url)), '.bundle-'))
  try {
    const outfile = join(directory, `${name}.mjs`)
    const define = { window: 'globalThis' }
    await build({
      entryPoints: [fileOf(name)],
      bundle: true,
      outfile,
      format: 'esm',
      platform: 'node',
      define,
    })
    return (await import(pathToFileURL(outfile).href)) as Contender
  } finally {
    await rm(directory, { recursive: true })
  }
}
