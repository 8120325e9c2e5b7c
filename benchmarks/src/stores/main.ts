// What it costs to read and to swap tokens in each store, beside the plain way to do so: `npm run bench:stores`.
import { compareBrowser } from './browser.ts'
import { compareFiles } from './files.ts'
import { compareRedis } from './redis.ts'

await compareFiles()
await compareRedis()
await compareBrowser()
