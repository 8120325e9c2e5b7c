// The API reports, which a change of a package's types must not pass by.
import { execFileSync } from 'node:child_process'
import { expect, test } from '@jest/globals'
import { readApi, readReports } from '../../tools/release/api.ts'
import { ROOT } from '../../tools/release/packages.ts'

test('api/ has one report for each entry of each package, as it is now (npm run api)', () => {
  execFileSync('npx', ['--no-install', 'tsc', '-b'], { cwd: ROOT })
  const reports = readReports()
  expect(reports.size).toBeGreaterThan(30)
  expect(Object.fromEntries(readApi())).toEqual(Object.fromEntries(reports))
})
