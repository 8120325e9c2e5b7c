// saves FILE NAME COUNT: saves COUNT providers in the configuration file, one after the other.
import { saveProvider } from '../../src/save-provider.ts'

const [file, name, count] = process.argv.slice(2)
for (let n = 0; n < Number(count); n++) saveProvider(file!, `${name}-${n}`, { client_id: String(n) })
