// The reference of every package's entries, from the doc comments: a page for each entry.
import { globSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  Application,
  type Comment,
  type CommentDisplayPart,
  CommentTag,
  type DeclarationReflection,
  ReflectionKind,
} from 'typedoc'
import type { PluginOptions } from 'typedoc-plugin-markdown'
import { REPOSITORY, ROOT, SITE } from './places.ts'
import { type Page, pageOf } from './page.ts'

/** The scope of the packages, which their addresses on the site do not repeat. */
const SCOPE = '@latchkey/'

/** Returns the source file of every entry that a package exports, and the name to import it by without the scope. */
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
          return source === undefined
            ? []
            : [[join(ROOT, dirname(path), source), join(name, entry).slice(SCOPE.length)] as const]
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
    // `core/provider` before `core`, whose `Provider` would take its address.
    entryPoints: [...entries.keys()].reverse(),
    sortEntryPoints: false,
    tsconfig: `${SITE}tsconfig.api.json`,
    skipErrorChecking: true,
    readme: 'none',
    name: 'API reference',
    logLevel: 'Error',
    outputFileStrategy: 'modules',
    entryFileName: 'index',
    pageTitleTemplates: { module: ({ name }) => SCOPE + name },
    tableColumnSettings: { hideModifiers: true, hideSources: true },
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
    preservedTypeAnnotationTags: ['@throws'],
  }
  const app = await Application.bootstrapWithPlugins(options as never)
  const project = await app.convert()
  if (!project) throw new Error('TypeDoc could not read the packages. Run `npm run types`.')
  for (const module of project.getChildrenByKind(ReflectionKind.Module)) rename(module, entries)
  for (const { comment } of Object.values(project.reflections)) if (comment) listErrors(comment)
  await app.generateOutputs(project)
  if (app.logger.hasErrors()) throw new Error('TypeDoc reported errors.')
  return globSync('**/*.md', { cwd: folder })
    .filter(path => path !== 'index.md')
    .sort()
    .map(path => {
      const text = readFileSync(join(folder, path), 'utf8')
      return { ...pageOf(`api/${path}`, text), description: contentsOf(text) }
    })
}

/** Returns the names of the first exports of an entry. */
function contentsOf(text: string): string {
  const names = [...text.matchAll(/^### (?:`\w+` )?(.+)$/gm)].map(([, name = '']) =>
    name.replaceAll('\\', ''),
  )
  if (names.length === 0) return 'It exports nothing: import it for its effect.'
  return `${names.slice(0, 6).join(', ')}${names.length > 6 ? ' and more' : ''}.`
}

/** Makes one list of the errors that a comment names, each with its class, which TypeDoc would leave out. */
function listErrors(comment: Comment): void {
  const tags = comment.getTags('@throws')
  if (tags.length === 0) return
  const content = tags.flatMap(({ typeAnnotation, content }): CommentDisplayPart[] => [
    { kind: 'text', text: '- ' },
    ...(typeAnnotation ? [{ kind: 'code', text: `\`${typeAnnotation.slice(1, -1)}\` ` } as const] : []),
    ...content,
    { kind: 'text', text: '\n' },
  ])
  comment.removeTags('@throws')
  comment.blockTags.push(new CommentTag('@throws', content))
}

/** Gives a module the name of its entry, which its address has. */
function rename(module: DeclarationReflection, entries: ReadonlyMap<string, string>): void {
  const { fullFileName = '' } = module.sources?.[0] ?? {}
  module.name = entries.get(fullFileName) ?? module.name
}
