// The contract of token stores in pages, frames and workers; the encrypted one is in test/system.
import { testContractIn } from './contract.ts'

await testContractIn({
  'a page': { enter: async tab => tab },
  'an insecure page': {
    isInsecure: true,
    async enter(tab, { insecureOrigin }) {
      await tab.goto(insecureOrigin)
      return tab
    },
  },
  'a dedicated worker': {
    async enter(tab) {
      const [worker] = await Promise.all([
        tab.waitForEvent('worker'),
        tab.evaluate(() => void new Worker('/main.js')),
      ])
      return worker
    },
  },
  'a service worker': {
    async enter(tab) {
      const [worker] = await Promise.all([
        tab.context().waitForEvent('serviceworker'),
        tab.evaluate(async () => {
          await navigator.serviceWorker.register('/main.js')
          await navigator.serviceWorker.ready
        }),
      ])
      return worker
    },
  },
  'a sandboxed frame': {
    persistence: 'none',
    async enter(tab) {
      await tab.setContent('<iframe sandbox="allow-scripts" src="/"></iframe>')
      const frame = tab.frames()[1]!
      await frame.waitForLoadState()
      return frame
    },
  },
})
