import { BrowserTokenStore } from '@latchkey/storage-browser'
import { increment } from '@latchkey/test-kit'
import { sealed } from '../../../../tools/sealed.ts'

const CHANNEL = 'test: elsewhere'
const channel = (): BroadcastChannel => new BroadcastChannel(CHANNEL)

interface Order {
  readonly name: string
  readonly key: string
  readonly times: number
  readonly isEncrypted: boolean
}

interface Answer {
  readonly done: string
  readonly error: string | undefined
}

/** Makes this tab add on request. */
export function serveElsewhere(): void {
  const orders = channel()
  orders.onmessage = async ({ data }: MessageEvent<{ order: Order } | Answer>) => {
    if ('done' in data) return
    const { name, key, times, isEncrypted } = data.order
    const store = sealed(new BrowserTokenStore({ name }), isEncrypted)
    const error = await increment(store, key, times).then(() => undefined, String)
    await store.close!()
    orders.postMessage({ done: name, error } satisfies Answer)
  }
}

/** Requests that the serving tab adds `times` to the value of `key` in the store `name`. */
export function addElsewhere(order: Order): Promise<void> {
  const orders = channel()
  return new Promise<void>((resolve, reject) => {
    orders.onmessage = ({ data }: MessageEvent<Partial<Answer>>) => {
      if (data.done !== order.name) return
      if (data.error) reject(new Error(data.error))
      else resolve()
    }
    orders.postMessage({ order })
  }).finally(() => orders.close())
}
