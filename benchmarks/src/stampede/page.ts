// The program of each tab of a stampede.
import { advance } from './moved-clock.ts'
import { BrowserTokenStore } from '@latchkey/storage-browser'
import { type Contender, isCannot, type Kept, type Places, type Saved } from '../contender.ts'
import * as badgateway from '../contenders/badgateway.ts'
import * as bare from '../contenders/bare.ts'
import * as latchkey from '../contenders/latchkey.ts'
import * as oidcClientTs from '../contenders/oidc-client-ts.ts'
import { type Answer, ask } from './answers.ts'
import type { TabSpec } from './tabs.ts'

const CONTENDERS: Readonly<Record<string, Contender>> = {
  badgateway,
  bare,
  latchkey,
  'oidc-client-ts': oidcClientTs,
}

const KEY = 'tokens'

/** The plain way to share tokens among tabs, and Latchkey's store. */
const places: Places = {
  place: {
    load: async () => JSON.parse(localStorage.getItem(KEY)!) as Saved,
    save: async saved => localStorage.setItem(KEY, JSON.stringify(saved)),
  },
  store: new BrowserTokenStore({ name: 'stampede' }),
}

let kept: Kept

const page = {
  async begin({ contender, server, sow }: TabSpec): Promise<void> {
    const { keep, sow: sowing } = CONTENDERS[contender]!
    if (isCannot(keep)) throw new TypeError(keep.cannot)
    if (sow) await (sowing ? sowing(server, places, sow) : places.place.save(sow))
    kept = await keep(server, places)
  },
  advance,
  ask: (callers: number): Promise<Answer> => ask(kept, callers),
  refreshToken: async (): Promise<string> => (await kept.refreshToken()) ?? '',
}

declare global {
  var stampede: typeof page
}
globalThis.stampede = page
