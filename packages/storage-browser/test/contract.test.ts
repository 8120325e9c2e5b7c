// The contract of token stores in pages, frames and workers; the encrypted one is in test/system.
import { testContractIn } from './contract.ts'
import { inner, startWorker } from './stage.ts'

await testContractIn({
  'a page': { enter: async tab => tab },
  'an insecure page': {
    isInsecure: true,
    async enter(tab, { insecureOrigin }) {
      await tab.goto(insecureOrigin)
      return tab
    },
  },
  'a dedicated worker': { enter: startWorker },
  'a service worker': {
    async enter(tab) {
      await tab.evaluate(async () => {
        await navigator.serviceWorker.register('/main.js')
        latchkey.kept['inner'] = (await navigator.serviceWorker.ready).active
      })
      return inner(tab)
    },
  },
  'a sandboxed frame': {
    persistence: 'none',
    async enter(tab) {
      await tab.evaluate(async () => {
        const frame = Object.assign(document.createElement('iframe'), { src: '/' })
        frame.sandbox.add('allow-scripts')
        const loaded = new Promise(resolve => (frame.onload = resolve))
        document.body.append(frame)
        await loaded
        latchkey.kept['inner'] = frame.contentWindow
      })
      return inner(tab)
    },
  },
})
