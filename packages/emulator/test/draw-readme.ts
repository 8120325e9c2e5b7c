// Draws the tables of the README anew: `npm run readme`.
import { writeFileSync } from 'node:fs'
import { README, readReadme } from './readme-tables.ts'

writeFileSync(README, readReadme().drawn)
