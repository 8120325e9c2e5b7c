// Replaces '@jest/globals' in any runtime: Jest's own `expect`, `fn` and fake timers, and a collector of tests, which
// `run-file.ts` runs.
import { expect } from 'expect'
import { fn } from 'jest-mock'
import { fakes } from './timers.ts'

type Work = () => unknown
type Hook = 'beforeAll' | 'beforeEach' | 'afterEach' | 'afterAll'

/** A registered test; one without `run` is skipped. */
export interface CollectedTest {
  readonly title: string
  readonly run: Work | undefined
  readonly timeoutMs: number
}

/** A file, or a `describe` in it, with its items in order. */
export interface Scope {
  readonly title: string
  readonly hooks: Readonly<Record<Hook, Work[]>>
  readonly items: (CollectedTest | Scope)[]
}

export const DEFAULT_TIMEOUT_MS = 30_000

function newScope(title: string): Scope {
  return { title, hooks: { beforeAll: [], beforeEach: [], afterEach: [], afterAll: [] }, items: [] }
}

/** Has the hooks that apply to every file: those of the setup files. */
export const root: Scope = newScope('')
let scope = root

/** Returns the scope of a file, with everything that `load` registers. */
export async function collect(title: string, load: () => Promise<unknown>): Promise<Scope> {
  const file = (scope = newScope(title))
  try {
    await load()
    return file
  } finally {
    scope = root
  }
}

export const beforeAll = (work: Work): void => void scope.hooks.beforeAll.push(work)
export const beforeEach = (work: Work): void => void scope.hooks.beforeEach.push(work)
export const afterEach = (work: Work): void => void scope.hooks.afterEach.push(work)
export const afterAll = (work: Work): void => void scope.hooks.afterAll.push(work)

function addTest(title: string, run: Work, timeoutMs: number = DEFAULT_TIMEOUT_MS): void {
  scope.items.push({ title, run, timeoutMs })
}

function addScope(title: string, body: () => void): void {
  const outer = scope
  scope = newScope(title)
  outer.items.push(scope)
  body()
  scope = outer
}

/** Calls `add` for each row of a table, with the row in the title and the arguments. */
function each(add: (title: string, run: Work, timeoutMs?: number) => void) {
  return (table: readonly unknown[]) =>
    (title: string, run: (...row: never[]) => unknown, timeoutMs?: number): void => {
      const isTable = table.every(Array.isArray) // if not, an array among them is a value
      for (const item of table) {
        const row: readonly unknown[] = isTable ? (item as unknown[]) : [item]
        add(titleOf(title, row), () => run(...(row as never[])), timeoutMs)
      }
    }
}

/** Returns the title with each `%s`, `%p` and so on replaced by the next value, and `$member` by the member, as Jest does. */
function titleOf(title: string, row: readonly unknown[]): string {
  let next = 0
  const [first] = row as readonly Record<string, unknown>[]
  if (typeof first === 'object' && first !== null)
    title = title.replaceAll(/\$(\w+)/g, (mark, member: string) => String(first[member] ?? mark))
  return title.replaceAll(/%[spijdo]/g, mark => {
    const value = row[next++]
    return mark === '%s' || typeof value !== 'object' ? String(value) : JSON.stringify(value)
  })
}

export const test = Object.assign(addTest, {
  each: each(addTest),
  skip: (title: string, _run?: Work): void =>
    void scope.items.push({ title, run: undefined, timeoutMs: DEFAULT_TIMEOUT_MS }),
})

export const describe = Object.assign(addScope, { each: each(addScope as typeof addTest) })

let fake: ReturnType<typeof fakes.install> | undefined

export const jest = {
  fn,
  useFakeTimers: (): void => void (fake = fakes.install({ toFake: ['setTimeout', 'clearTimeout'] })),
  useRealTimers: (): void => fake?.uninstall(),
  advanceTimersByTime: (ms: number): void => void fake?.tick(ms),
  advanceTimersByTimeAsync: async (ms: number): Promise<void> => void (await fake?.tickAsync(ms)),
  getTimerCount: (): number => fake?.countTimers() ?? 0,
}

export { expect }
