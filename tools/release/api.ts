// Writes what each entry of each package exports to api/: `npm run api`. Without a changeset that announces it, a change
// that can break a program is not written. tests/system/api.test.ts compares the reports with the code.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor'
import { announces, breakingKind, type Kind, kindOf, readChanges } from './changes.ts'
import { FOLDERS, manifestOf, ROOT } from './packages.ts'

const API = join(ROOT, 'api')

/** Returns the reports in api/ by file name. */
export const readReports = (): ReadonlyMap<string, string> =>
  new Map(readdirSync(API).map(name => [name, readFileSync(join(API, name), 'utf8')]))

const NO_MESSAGES = { default: { logLevel: ExtractorLogLevel.None } }

/** Every entry that has types: the name of its report, and its declarations, which `tsc -b` builds. */
const ENTRIES = FOLDERS.flatMap(folder =>
  Object.entries(manifestOf(folder).exports).flatMap(([entry, target]) =>
    typeof target === 'string'
      ? []
      : [
          {
            folder: join(ROOT, folder),
            name: `${basename(folder)}${entry.slice(1).replace('/', '.')}.api.md`,
            types: join(ROOT, folder, target.types),
          },
        ],
  ),
)

const configOf = ({ folder, types, name }: (typeof ENTRIES)[number], reports: string): ExtractorConfig =>
  ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, 'package.json'),
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: types,
      newlineKind: 'lf',
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: 'ES2022',
            module: 'NodeNext',
            strict: true,
            skipLibCheck: true,
            lib: ['ES2024', 'DOM', 'DOM.Iterable', 'ESNext.Disposable'],
            types: ['node'],
          },
          files: ENTRIES.map(one => one.types),
        },
      },
      apiReport: {
        enabled: true,
        reportFolder: reports,
        reportTempFolder: reports,
        reportFileName: name,
        // A type that is used and not exported can break a program as well.
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      messages: { extractorMessageReporting: NO_MESSAGES, tsdocMessageReporting: NO_MESSAGES },
    },
  })

/** Returns the reports of all entries by file name. The packages are built. @throws {Error} when their types have errors. */
export function readApi(): ReadonlyMap<string, string> {
  mkdirSync(join(ROOT, '.tmp'), { recursive: true })
  const folder = mkdtempSync(join(ROOT, '.tmp/api-'))
  try {
    const configs = ENTRIES.map(entry => configOf(entry, folder))
    const compilerState = CompilerState.create(configs[0]!, {
      additionalEntryPoints: ENTRIES.map(({ types }) => types),
    })
    return new Map(
      configs.map((config, at) => {
        const { succeeded } = Extractor.invoke(config, {
          compilerState,
          localBuild: true,
          messageCallback: message => (message.handled = message.logLevel !== ExtractorLogLevel.Error),
        })
        const { name } = ENTRIES[at]!
        if (!succeeded) throw new Error(`the types of ${name} have errors: run \`tsc -b\``)
        return [name, readFileSync(join(folder, name), 'utf8')]
      }),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * Returns whether a program that uses the API of `before` may break with `after`: a line is gone or changed. An added line
 * does not count, although a new member that every implementation must have breaks programs too: announce it yourself.
 */
export function mayBreak(before: string, after: string): boolean {
  const left = after.split('\n')
  return before.split('\n').some(line => {
    const at = left.indexOf(line)
    if (at >= 0) left.splice(0, at + 1)
    return at < 0
  })
}

/** Returns what a changed API lacks: a changeset of at least this kind; `undefined` when `announced` suffices. */
export function lacking(
  { before, after, version }: { before: string; after: string; version: string },
  announced: Kind,
): Kind | undefined {
  const least = before === after ? 'none' : mayBreak(before, after) ? breakingKind(version) : 'patch'
  return announces(announced, least) ? undefined : least
}

if (import.meta.main) {
  const announced = kindOf(await readChanges())
  const { version } = manifestOf('packages/core')
  const old = readReports()
  const now = readApi()
  const names = [...new Set([...old.keys(), ...now.keys()])]
  const lacks = names.flatMap(name => {
    const kind = lacking({ before: old.get(name) ?? '', after: now.get(name) ?? '', version }, announced)
    return kind
      ? [`api/${name}: no changeset announces a change of kind "${kind}". Run \`npx changeset\`.`]
      : []
  })
  for (const line of lacks) console.error(line)
  if (lacks.length > 0) process.exit(1)
  for (const name of names)
    if (now.has(name)) writeFileSync(join(API, name), now.get(name)!)
    else rmSync(join(API, name))
}
