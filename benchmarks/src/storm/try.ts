import { storms } from './measure.ts'
const [store, processes, perSecond, accounts, how] = process.argv.slice(2)
for (const h of how ? [how] : ['floor', 'latchkey'])
console.log(h, JSON.stringify(await storms(h as 'floor', { store: store as 'redis', processes: Number(processes), perSecond: Number(perSecond) || undefined, accounts: Number(accounts) })))
process.exit()
