import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MemoryTokenStore } from '@latchkey/core'
import { FileTokenStore } from '@latchkey/storage-fs'
import { RedisTokenStore } from '@latchkey/storage-redis'
import { createClient } from '@redis/client'
import type { Places, Saved } from '../contender.ts'

/** Where the processes of a stampede keep their tokens. */
export type PlacesSpec =
  | { readonly kind: 'memory' }
  | { readonly kind: 'file'; readonly directory: string }
  | { readonly kind: 'redis'; readonly url: string }

/** Returns the plain way to keep tokens there, and Latchkey's store; each is created on first use. */
export function placesOf(spec: PlacesSpec): Places {
  return PLACES[spec.kind](spec as never)
}

const PLACES: { readonly [K in PlacesSpec['kind']]: (spec: PlacesSpec & { kind: K }) => Places } = {
  memory() {
    let saved: Saved | undefined
    return {
      place: { load: async () => saved, save: async now => void (saved = now) },
      store: new MemoryTokenStore(),
    }
  },
  file: ({ directory }) => {
    const path = join(directory, 'tokens.json')
    return {
      place: {
        load: async () => JSON.parse(await readFile(path, 'utf8')) as Saved,
        save: saved => writeFile(path, JSON.stringify(saved), { mode: 0o600 }),
      },
      get store() {
        return new FileTokenStore({ directory: join(directory, 'store') })
      },
    }
  },
  redis: ({ url }) => ({
    get place() {
      const client = createClient({ url })
      const connected = client.connect()
      return {
        async load() {
          await connected
          return JSON.parse((await client.get('tokens'))!) as Saved
        },
        async save(saved: Saved) {
          await connected
          await client.set('tokens', JSON.stringify(saved))
        },
      }
    },
    get store() {
      return new RedisTokenStore({ url })
    },
  }),
}
