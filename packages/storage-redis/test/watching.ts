// Another process that watches accounts, and has nothing else to do once all have changed. It does not close its store.
import { createClient } from '@keyv/redis'
import { RedisTokenStore } from '../src/index.ts'

const { target, url, accounts } = JSON.parse(process.argv[2]!)
const client = url && (await createClient({ url, pingInterval: 600_000 }).connect())
const store = new RedisTokenStore(client ? { client } : target)

const hints = new Map<string, number>()
const haveAll = (count: number): boolean =>
  hints.size === accounts && [...hints.values()].every(hint => hint >= count)
const pending = setInterval(() => {}, 600_000)
for (let n = 0; n < accounts; n += 1)
  store.watch(`account ${n}`, () => {
    hints.set(`account ${n}`, (hints.get(`account ${n}`) ?? 0) + 1)
    if (haveAll(2)) {
      clearInterval(pending)
      if (client?.isOpen) client.destroy()
    } else if (haveAll(1)) process.send?.('subscribed')
  })
process.channel?.unref()
