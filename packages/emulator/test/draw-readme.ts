// Updates the tables of the README: `npm run readme`.
import { writeFileSync } from 'node:fs'
import { README, readReadme } from './readme-tables.ts'

writeFileSync(README, readReadme().generated)
