// Compares the rotation policies with a model of each, without families and clocks, for random sequences of
// refreshes with any refresh token that the client has received.
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createClock } from '../src/clock.ts'
import type { RotationName } from '../src/options.ts'
import { defaultSwitches } from '../src/options.ts'
import { DEFAULT_USER } from '../src/registry.ts'
import { createTokens } from '../src/state/tokens.ts'

const GRACE_MS = 1000

/**
 * A model with one valid line of refresh tokens. `valid` are those that may be used; `previous` is the one used last,
 * valid within the grace window. Tokens are numbered in the order of issue.
 */
class OneLine {
  #valid = [0]
  #current = 0
  #previous: number | undefined
  #closesAtMs = 0
  #isRevoked = false
  #count = 1
  readonly #policy: RotationName

  constructor(policy: RotationName) {
    this.#policy = policy
  }

  /** The number of the token that is issued; `undefined` if the presented one is rejected. */
  present(token: number, nowMs: number): number | undefined {
    if (this.#policy === 'none') return token
    if (this.#isRevoked) return undefined
    if (this.#valid.includes(token)) {
      this.#previous = token
      this.#closesAtMs = nowMs + GRACE_MS
      this.#valid = [(this.#current = this.#count++)]
      return this.#current
    }
    if (this.#policy.startsWith('grace') && token === this.#previous && nowMs < this.#closesAtMs) {
      if (this.#policy === 'grace-same') return this.#current
      const issued = this.#count++
      this.#valid = this.#policy === 'grace-first' ? [...this.#valid, issued] : [issued]
      return issued
    }
    if (this.#policy !== 'single') this.#isRevoked = true
    return undefined
  }
}

/** Independent lines: a token may be used once, and again until its grace window ends or a successor is used. */
class ManyLines {
  readonly #tokens: { usedAtMs?: number; parent?: number; isSucceeded?: boolean }[] = [{}]
  #isRevoked = false

  present(token: number, nowMs: number): number | undefined {
    const known = this.#tokens[token]!
    const isUnused = known.usedAtMs === undefined
    const inGrace = !isUnused && !known.isSucceeded && nowMs - known.usedAtMs! < GRACE_MS
    this.#isRevoked ||= !isUnused && !inGrace
    if (this.#isRevoked) return undefined
    known.usedAtMs ??= nowMs
    if (known.parent !== undefined) this.#tokens[known.parent]!.isSucceeded = true
    return this.#tokens.push({ parent: token }) - 1
  }
}

/** An attempt with one of the tokens received so far, after some time. */
const TRIES = fc.array(fc.record({ pick: fc.nat(), waitMs: fc.constantFrom(0, 1, 999, 1000) }), {
  minLength: 1,
  maxLength: 12,
})

test.each([
  'none',
  'strict',
  'single',
  'grace-same',
  'grace-first',
  'grace-latest',
  'grace-all',
] as RotationName[])('item 21: %s does what its model does, whatever comes', rotation => {
  fc.assert(
    fc.property(TRIES, tries => {
      let nowMs = 0
      const tokens = createTokens(
        createClock(() => nowMs),
        { ...defaultSwitches(), rotation, graceMs: GRACE_MS },
      )
      const model = rotation === 'grace-all' ? new ManyLines() : new OneLine(rotation)
      const seen = [tokens.issue('client', DEFAULT_USER).refresh_token]
      for (const { pick, waitMs } of tries) {
        nowMs += waitMs
        const token = pick % seen.length
        const wanted = model.present(token, nowMs)
        const answer = tokens.refresh(seen[token]!, 'client')?.refresh_token
        if (wanted !== undefined) seen[wanted] ??= answer ?? 'rejected'
        expect(answer).toBe(wanted === undefined ? undefined : seen[wanted])
      }
      expect(new Set(seen).size).toBe(seen.length)
    }),
    { numRuns: 500 },
  )
})
