// The reference of every package's entries, from the doc comments: a page for each entry.
import { globSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Application, type DeclarationReflection, ReflectionKind } from 'typedoc'
import type { PluginOptions } from 'typedoc-plugin-markdown'
import { REPOSITORY, ROOT, SITE } from './places.ts'
import { type Page, pageOf } from './page.ts'

/** Returns the source file of every entry that a package exports, and the name to import it by. */
function findEntries(): Map<string, string> {
  return new Map(
    globSync('packages/*/package.json', { cwd: ROOT })
      .sort()
      .flatMap(path => {
        const { name, exports = {} } = JSON.parse(readFileSync(ROOT + path, 'utf8')) as {
          name: string
          exports?: Record<string, unknown>
        }
        return Object.entries(exports).flatMap(([entry, target]) => {
          const source = sourceOf(target)
          return source === undefined ? [] : [[join(ROOT, dirname(path), source), join(name, entry)] as const]
        })
      }),
  )
}

/** Returns the source file of an entry; that for Node if there are several. */
function sourceOf(target: unknown): string | undefined {
  if (typeof target !== 'object' || target === null) return undefined
  const { '@latchkey/source': source } = target as Record<string, unknown>
  if (typeof source === 'object' && source !== null) return Object.values(source)[0] as string
  return source as string | undefined
}

/**
 * Writes the pages of the reference to a folder and returns them, with paths that begin with `api/`.
 *
 * @throws {Error} when TypeDoc reports an error.
 */
export async function buildApi(folder: string): Promise<Page[]> {
  rmSync(folder, { recursive: true, force: true })
  const entries = findEntries()
  const options: Partial<PluginOptions> & Record<string, unknown> = {
    plugin: ['typedoc-plugin-markdown'],
    outputs: [{ name: 'markdown', path: folder }],
    entryPoints: [...entries.keys()],
    tsconfig: `${SITE}tsconfig.api.json`,
    skipErrorChecking: true,
    readme: 'none',
    name: 'API reference',
    logLevel: 'Error',
    outputFileStrategy: 'modules',
    entryFileName: 'index',
    hideBreadcrumbs: true,
    hidePageHeader: true,
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    sourceLinkTemplate: `${REPOSITORY}/blob/main/packages/{path}#L{line}`,
    basePath: ROOT,
    disableGit: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    classPropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    expandObjects: false,
    sanitizeComments: true,
  }
  const app = await Application.bootstrapWithPlugins(options as never)
  const project = await app.convert()
  if (!project) throw new Error('TypeDoc could not read the packages. Run `npm run types`.')
  for (const module of project.getChildrenByKind(ReflectionKind.Module)) rename(module, entries)
  await app.generateOutputs(project)
  if (app.logger.hasErrors()) throw new Error('TypeDoc reported errors.')
  return globSync('**/*.md', { cwd: folder })
    .sort()
    .map(path => {
      const page = pageOf(`api/${path}`, readFileSync(join(folder, path), 'utf8'))
      return { ...page, description: `Everything that ${page.title} exports.` }
    })
}

/** Names a module as one imports it. */
function rename(module: DeclarationReflection, entries: ReadonlyMap<string, string>): void {
  const { fullFileName = '' } = module.sources?.[0] ?? {}
  module.name = entries.get(fullFileName) ?? module.name
}
