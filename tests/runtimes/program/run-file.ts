// Runs the tests of a file, one after the other, in any runtime.
import { collect, type CollectedTest, root, type Scope } from './globals.ts'

/** The result of a test. `why` is the reason of a skip, or the error of a failure. */
export interface Outcome {
  readonly title: string
  readonly outcome: 'passed' | 'skipped' | 'failed'
  readonly why?: string
  /** The modules of Node that a failed test used, in a runtime that has none. */
  readonly absent?: readonly string[]
}

/** Read before a test can replace them. */
const { setTimeout, clearTimeout } = globalThis

/** Returns the result of every test in the file that `load` imports, or one for the file itself if it does not load. */
export async function runFile(file: string, load: () => Promise<unknown>): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const failure = await failureOf(async () => {
    const scope = await collect(file, load)
    await runScope(scope, [root], [], outcomes)
  })
  if (failure) outcomes.push({ title: '(the file itself)', outcome: 'failed', ...failure })
  return outcomes
}

async function runScope(
  scope: Scope,
  around: readonly Scope[],
  titles: readonly string[],
  outcomes: Outcome[],
) {
  const scopes = [...around, scope]
  for (const hook of scope.hooks.beforeAll) await hook()
  for (const item of scope.items) {
    if ('items' in item) await runScope(item, scopes, [...titles, item.title], outcomes)
    else outcomes.push(await runTest(item, scopes, [...titles, item.title].join(' > ')))
  }
  for (const hook of scope.hooks.afterAll) await hook()
}

const SKIPPED = / \(skipped: (.*)\)$/

const notRun = (JSON.parse(process.env['NOT_RUN'] ?? '[]') as string[]).map(source => new RegExp(source))

async function runTest(
  { run, timeoutMs }: CollectedTest,
  scopes: readonly Scope[],
  title: string,
): Promise<Outcome> {
  if (notRun.some(titles => titles.test(title))) return { title, outcome: 'failed', why: 'not run' }
  if (!run)
    return { title: title.replace(SKIPPED, ''), outcome: 'skipped', why: SKIPPED.exec(title)?.[1] ?? '' }
  const failure =
    (await failureOf(async () => {
      for (const { hooks } of scopes) for (const hook of hooks.beforeEach) await hook()
      await within(timeoutMs, run())
    })) ?? undefined
  const untidy = await failureOf(async () => {
    for (const { hooks } of scopes.toReversed()) for (const hook of hooks.afterEach) await hook()
  })
  return { title, outcome: failure || untidy ? 'failed' : 'passed', ...(failure ?? untidy) }
}

async function within(ms: number, work: unknown): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${ms} ms`)), ms)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** The names that `absent.js` collected, of modules that this runtime does not have. */
const absent = ((globalThis as unknown as { absent?: Set<string> }).absent ??= new Set<string>())

async function failureOf(work: () => Promise<void>): Promise<Pick<Outcome, 'why' | 'absent'> | undefined> {
  absent.clear()
  try {
    await work()
    return undefined
  } catch (error) {
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error)

    return { why: why.replaceAll(/\x1b\[\d+m/g, ''), ...(absent.size > 0 && { absent: [...absent] }) }
  }
}
