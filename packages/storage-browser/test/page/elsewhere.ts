import { BrowserTokenStore } from '@latchkey/storage-browser'
import { increments } from '@latchkey/test-kit'

const CHANNEL = 'test: elsewhere'
const channel = (): BroadcastChannel => new BroadcastChannel(CHANNEL)

interface Order {
  readonly id: string
  readonly name: string
  readonly key: string
  readonly times: number
}

/** From now on this tab adds for whoever asks. */
export function serveElsewhere(): void {
  const orders = channel()
  orders.onmessage = async ({ data }: MessageEvent<Order | { done: string; error?: string }>) => {
    if ('done' in data) return
    const store = new BrowserTokenStore({ name: data.name })
    const error = await increments(store, data.key, data.times).then(() => undefined, String)
    await store.close()
    orders.postMessage({ done: data.id, error })
  }
}

/** Has the tab that serves add `times` to what the store `name` has under `key`. */
export function addElsewhere(name: string, key: string, times: number): Promise<void> {
  const orders = channel()
  const order: Order = { id: `${name} ${key}`, name, key, times }
  return new Promise<void>((resolve, reject) => {
    orders.onmessage = ({ data }: MessageEvent<{ done?: string; error?: string }>) => {
      if (data.done !== order.id) return
      if (data.error) reject(new Error(data.error))
      else resolve()
    }
    orders.postMessage(order)
  }).finally(() => orders.close())
}
