// Reports what a preset lacks, and plays it against its fixture: `npm run check-provider -- <name>`.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { ProviderFixture } from '@latchkey/emulator'
import { valueAt } from '../packages/core/src/provider/identity.ts'
import { checksOf, fixtureIn, type Preset, PRESETS } from '../packages/providers/test/play.ts'
import { describedBy, PAGES, pageOf } from './provider-pages.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

export interface Folders {
  readonly presets: URL
  readonly fixtures: URL
  readonly pages: URL
}

const FOLDERS: Folders = {
  presets: new URL('../packages/providers/src/', import.meta.url),
  fixtures: new URL('../packages/providers/fixtures/', import.meta.url),
  pages: PAGES,
}

/** What a check found, in words. */
export interface Report {
  /** What must be mended. */
  readonly missing: readonly string[]
  /** Optional facts without a source. */
  readonly unsourced: readonly string[]
}

/** The facts that a fixture must have. */
const REQUIRED: Readonly<Record<string, string>> = {
  'authorization.endpoint': 'the authorization endpoint',
  'authorization.redirect': 'the redirect with the code',
  'token.endpoint': 'the token endpoint',
  'token.response': 'the response with the tokens',
  'refresh.response': 'the response to a refresh',
  'refresh.deadToken': 'the response to a refresh token that has ended',
  'api.request': 'a request to the API',
  'api.rejected': 'the response of the API to an access token that is not valid',
}

/** The facts that make a fixture better, and how a text of its `leftOut` names each. */
const OPTIONAL: Readonly<Record<string, readonly [words: string, named: RegExp]>> = {
  'authorization.declined': ['the redirect of a user who declines', /decline|refuse|refusal/i],
  'token.wrongSecret': ['the response to a wrong client secret', /\bwrong\b.*\bsecret/i],
  'token.wrongCode': [
    'the response to a code that is not valid',
    /\b(wrong|invalid)\b.*\bcode\b|\bcode that is not valid/i,
  ],
  revocation: ['the revocation of tokens', /revo[ck]/i],
  rules: ['what a redirect URI must be', /redirect URI/i],
}

/** Returns what the preset of that name lacks. A check fails after `limitMs`. */
export async function check(name: string, folders: Folders = FOLDERS, limitMs?: number): Promise<Report> {
  const file = new URL(`${name}.ts`, folders.presets)
  const index = new URL('index.ts', folders.presets)
  const fixtureFile = new URL(`${name}.ts`, folders.fixtures)
  const exported = folders === FOLDERS ? PRESETS : await presetsIn(index)
  const preset = existsSync(file) ? (await presetsIn(file))[name] : exported[name]
  const fixture = existsSync(fixtureFile) ? await fixtureIn(fixtureFile) : undefined
  const missing = [
    ...(preset ? [] : [`no preset: write the function ${name}() in ${shown(file)}`]),
    ...(Object.hasOwn(exported, name) ? [] : [`no export: add ${name} to ${shown(index)}`]),
    ...(fixture ? [] : [`no fixture: write what the documentation says in ${shown(fixtureFile)}`]),
  ]
  if (!fixture) return { missing, unsourced: [] }
  const facts = withoutFact(fixture, REQUIRED).map(
    path => `no sourced fact in the fixture: ${REQUIRED[path]}`,
  )
  const isPlayable = preset !== undefined && facts.length === 0
  return {
    missing: [...missing, ...facts, ...(isPlayable ? await faultsOf(preset, fixture, folders, limitMs) : [])],
    unsourced: withoutFact(fixture, OPTIONAL)
      .map(path => OPTIONAL[path]!)
      .filter(([, named]) => !fixture.leftOut.some(text => named.test(text)))
      .map(([words]) => words),
  }
}

async function presetsIn(file: URL): Promise<Readonly<Record<string, Preset>>> {
  return (await import(file.href)) as Record<string, Preset>
}

const shown = (file: URL): string => fileURLToPath(file).replace(ROOT, '')

/** Returns the paths of the facts that a fixture does not have. */
function withoutFact(fixture: ProviderFixture, facts: Readonly<Record<string, unknown>>): readonly string[] {
  const hasRefresh = valueAt(fixture, 'refresh.none') === undefined
  return Object.keys(facts).filter(
    path => valueAt(fixture, path) === undefined && (hasRefresh || !path.startsWith('refresh.')),
  )
}

/** Returns what is wrong with a preset that has a complete fixture: its description, its page, and the play. */
async function faultsOf(
  preset: Preset,
  fixture: ProviderFixture,
  { presets, pages }: Folders,
  limitMs?: number,
): Promise<readonly string[]> {
  let provider
  try {
    provider = preset(fixture.options)
  } catch (error) {
    return [`the description is not valid: ${(error as Error).message}`]
  }
  const faults: string[] = []
  const page = new URL(`${fixture.provider}.md`, pages)
  const isCurrent = (): boolean | undefined =>
    provider.about &&
    readFileSync(page, 'utf8') === pageOf(describedBy(fixture, { [fixture.provider]: preset }, presets))
  if (!existsSync(page)) faults.push(`no page yet: run npm run provider-pages, which writes ${shown(page)}`)
  else if (!isCurrent()) faults.push(`${shown(page)} is out of date: run npm run provider-pages`)
  for (const [title, run] of checksOf(provider, fixture, limitMs))
    try {
      await run()
    } catch (error) {
      faults.push(`a check fails: ${title}: ${(error as Error).message}`)
    }
  return faults
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [, , name = ''] = process.argv
  if (!/^\w+$/.test(name)) {
    console.error('Pass the name of a preset: npm run check-provider -- github')
    process.exit(1)
  }
  const { missing, unsourced } = await check(name)
  for (const one of missing) console.log(`MISSING  ${one}`)
  for (const one of unsourced) console.log(`optional ${one}: find a source, or name it in leftOut`)
  if (missing.length === 0) console.log(`${name}: nothing that is required is missing, and all checks pass`)
  process.exitCode = missing.length === 0 ? 0 : 1
}
