// A Jest reporter that compares how many tests pass in each browser with a table in the package's README. UPDATE_BROWSERS=1
// writes the table.
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import * as prettier from 'prettier'

const BROWSERS = ['Chromium', 'Firefox', 'WebKitGTK']
const TABLE = /(?<=<!-- browsers -->\n).*?(?=<!-- \/browsers -->)/s
const VERSIONS = /^Run with .*$/m

export default class BrowserTable {
  /** @param options `folder`: the package; `rows`: what each of its test files tests, by its name. */
  constructor(_, { folder, rows }) {
    this.folder = folder
    this.readme = join(folder, 'README.md')
    this.rows = rows
  }

  async onRunComplete(_contexts, { testResults }) {
    const files = new Map(
      testResults
        .filter(({ testFilePath }) => testFilePath.startsWith(join(this.folder, 'test')))
        .map(file => [basename(file.testFilePath, '.test.ts'), file.testResults]),
    )
    // A run of some files or in some browsers says nothing about the table.
    const isWhole = Object.keys(this.rows).every(file => files.has(file))
    if (!isWhole || process.env.LATCHKEY_BROWSERS !== BROWSERS.join(',')) return

    const reasons = []
    const cell = tests => {
      const passed = tests.filter(({ status }) => status === 'passed').length
      const skipped = tests.filter(({ title }) => title.includes('(skipped: '))
      const notes = new Set(skipped.map(({ title }) => noteOf(/\(skipped: (.*)\)$/.exec(title)[1])))
      return passed === tests.length ? `${passed}` : `${passed} of ${tests.length} ${[...notes].join(' ')}`
    }
    const noteOf = reason => {
      if (!reasons.includes(reason)) reasons.push(reason)
      return `[${reasons.indexOf(reason) + 1}]`
    }
    const lines = Object.entries(this.rows).map(([file, what]) => {
      const cells = BROWSERS.map(name =>
        cell(files.get(file).filter(({ fullName }) => fullName.startsWith(`in ${name}`))),
      )
      return `| ${[what, ...cells].join(' | ')} |`
    })
    // The titles of the contract have the versions.
    const titles = [...files.values()].flat().map(({ ancestorTitles }) => ancestorTitles[0])
    const versions = BROWSERS.map(name =>
      titles.find(title => title?.startsWith(`in ${name} `))?.slice('in '.length),
    )
    const drawn = [
      `| suite | ${BROWSERS.join(' | ')} |`,
      `| --- | ${BROWSERS.map(() => '--:').join(' | ')} |`,
      ...lines,
      '',
      ...reasons.map((reason, n) => `- [${n + 1}] ${reason}`),
      '',
      `Run with ${versions.join(', ')}.`,
    ].join('\n')
    const options = { ...(await prettier.resolveConfig(this.readme)), parser: 'markdown' }
    const readme = readFileSync(this.readme, 'utf8')
    const written = await prettier.format(
      readme.replace(TABLE, () => `\n${drawn}\n\n`),
      options,
    )
    if (process.env.UPDATE_BROWSERS) writeFileSync(this.readme, written)
    // Debian updates its browsers often: another version alone is no error.
    // Until the table is written once, it is shown only.
    else if (!/\|/.test(TABLE.exec(readme)?.[0] ?? '')) process.stdout.write(`${drawn}\n`)
    else if (written.replace(VERSIONS, '') !== readme.replace(VERSIONS, ''))
      this.error = new Error(
        `The table of browsers in ${this.readme} differs from this run. UPDATE_BROWSERS=1 writes it:\n${drawn}`,
      )
  }

  getLastError() {
    return this.error
  }
}
