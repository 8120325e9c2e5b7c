// What a visitor did: the setting and the actions, which a URL holds. Everything else follows from them.
import type { StoreName } from '../../packages/core/test/keeper/world/configurations.ts'
import { POLICIES, type Policy } from '../../packages/core/test/keeper/world/server.ts'

export const PROCESSES = 8

/** An action of the visitor, on one process where it has a number. */
export type Action =
  | { readonly type: 'step' | 'drop' | 'fail' | 'repair' }
  | { readonly type: 'kill' | 'pause' | 'resume'; readonly process: number }

export interface Setting {
  readonly policy: Policy
  readonly store: StoreName
  /** Decides the order in which processes act: an unsigned number of 32 bits. */
  readonly seed: number
}

export interface Story extends Setting {
  readonly actions: readonly Action[]
}

/** The stores to choose from, by the name that the URL has. */
export const STORE_NAMES = {
  swap: 'swap alone',
  locks: 'swap and locks',
  confirm: 'swap and confirm',
} as const satisfies Record<string, StoreName>

export const FIRST: Story = { policy: 'strict', store: 'swap alone', seed: 1, actions: [] }

/** The most actions of a story. */
export const MAX_ACTIONS = 999

const LETTERS = { s: 'step', d: 'drop', f: 'fail', w: 'repair', k: 'kill', p: 'pause', r: 'resume' } as const
const OF_ONE: readonly string[] = ['kill', 'pause', 'resume']

/** Returns the fragment of a URL for a story: `#play=strict,swap,1,s12k3s`. */
export function fragmentOf({ policy, store, seed, actions }: Story): string {
  const letter = ({ type }: Action): string =>
    Object.keys(LETTERS).find(one => LETTERS[one as keyof typeof LETTERS] === type)!
  const words = actions.map(action => letter(action) + ('process' in action ? action.process : ''))
  const text = words.join('').replace(/s{2,}/g, steps => `s${steps.length}`)
  const name = Object.entries(STORE_NAMES).find(([, one]) => one === store)![0]
  return `#play=${[policy, name, seed, text].join()}`
}

/** Returns the story of a fragment, or undefined if it has none that can be played. */
export function storyOf(fragment: string): Story | undefined {
  const [, policy = '', name = '', seed = '', text = ''] =
    /^#play=([\w-]+),(\w+),(\d{1,10}),((?:s\d{0,3}|d|f|w|[kpr][0-7])*)$/.exec(fragment) ?? []
  const store = Object.hasOwn(STORE_NAMES, name) ? STORE_NAMES[name as keyof typeof STORE_NAMES] : undefined
  if (store === undefined || !(POLICIES as readonly string[]).includes(policy)) return undefined
  const actions = [...text.matchAll(/([a-z])(\d*)/g)].flatMap(([, letter, digits]) => {
    const type = LETTERS[letter as keyof typeof LETTERS]
    if (OF_ONE.includes(type)) return [{ type, process: Number(digits) } as Action]
    return Array.from({ length: Number(digits || 1) }, () => ({ type }) as Action)
  })
  return { policy: policy as Policy, store, seed: Number(seed) >>> 0, actions: actions.slice(0, MAX_ACTIONS) }
}

export { POLICIES }
