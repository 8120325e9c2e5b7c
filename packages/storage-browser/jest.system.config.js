import { join } from 'node:path'
import preset from '../../jest.system.preset.js'

/** What each suite tests, by its name. README.md has a table of them. */
const rows = {
  contract: 'the contract of stores: page, insecure page, worker, service worker, sandboxed frame',
  'contract-encrypted': 'the contract of stores, encrypted',
  tabs: 'tabs that are closed, crash, are frozen or go into the back/forward cache',
  stampede: 'eight tabs that refresh at once',
  'stampede-dpop': 'the same with a key that cannot be exported',
  news: 'sign-outs and sign-ins of other tabs',
  versions: 'other code with the same database',
  driver: 'the localforage driver',
}

/** What runs in every browser, and what runs in Chromium only. */
export default {
  ...preset,
  testMatch: [...Object.keys(rows), 'storage', 'readme'].map(name => `<rootDir>/test/**/${name}.test.ts`),
  reporters: [
    'default',
    [join(import.meta.dirname, '../../tools/browser-table.js'), { folder: import.meta.dirname, rows }],
  ],
  // Each browser has eight tabs.
  maxWorkers: 1,
}
