import { BrowserTokenStore } from '@latchkey/storage-browser'
import { type ContractCase, fakeClock, type Medium, tokenStoreContract } from '@latchkey/test-kit'
import { addElsewhere } from './elsewhere.ts'
import { sealed } from '../../../../tools/sealed.ts'

let media = 0
let broken = false

/** Makes every later use of IndexedDB in this page fail while `broken`. */
function makeBreakable(): void {
  const fail = <T extends object>(prototype: T, method: keyof T): void => {
    const real = prototype[method] as (...args: unknown[]) => unknown
    prototype[method] = function (this: unknown, ...args: unknown[]): unknown {
      if (broken) throw new DOMException('broken by the test', 'UnknownError')
      return real.apply(this, args)
    } as T[keyof T]
  }
  fail(IDBFactory.prototype, 'open')
  fail(IDBDatabase.prototype, 'transaction')
}

function inIndexedDb(isEncrypted: boolean): Medium {
  const name = `contract ${++media}`
  const clock = fakeClock()
  return {
    open: () => sealed(new BrowserTokenStore({ name, clock }), isEncrypted),
    clock,
    incrementInOtherProcess: (key, times) => addElsewhere({ name, key, times, isEncrypted }),
    breakDown: () => {
      broken = true
    },
    dispose: () => {
      broken = false
      indexedDB.deleteDatabase(name)
    },
  }
}

function inMemory(): Medium {
  const clock = fakeClock()
  const store = new BrowserTokenStore({ name: `contract ${++media}`, clock })
  return { open: () => store, clock }
}

let cases: Promise<readonly ContractCase[]> | undefined

/** The contract's cases with this page's or worker's IndexedDB, or with its memory if storage is blocked. */
export function contractCases(
  persistence: 'indexeddb' | 'none',
  isEncrypted: boolean,
): Promise<readonly ContractCase[]> {
  if (persistence === 'none') return (cases ??= tokenStoreContract(inMemory))
  if (!cases) makeBreakable()
  return (cases ??= tokenStoreContract(() => inIndexedDb(isEncrypted)))
}
