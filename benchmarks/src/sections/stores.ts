import { marked, ratioText, table } from '../markdown.ts'
import { oursOf, type Ratios } from '../ratios.ts'
import type { Section } from '../section.ts'
import { compareBrowser } from '../stores/browser.ts'
import { compareFiles } from '../stores/files.ts'
import { compareRedis } from '../stores/redis.ts'

export const stores: Section<Readonly<Record<string, Ratios>>> = {
  title: 'Stores',
  async measure({ quick }) {
    const rounds = quick ? 3 : 9
    return {
      ...(await compareFiles(rounds)),
      ...(await compareRedis(rounds)),
      ...(await compareBrowser(rounds)),
    }
  },
  render(comparisons) {
    const rows = Object.entries(comparisons).flatMap(([title, ratios]) =>
      Object.entries(ratios).map(([name, ratio], index) => [
        index === 0 ? title : '',
        name,
        marked(ratioText(ratio), ratio.median > oursOf(ratios)),
      ]),
    )
    return `Reading one account's tokens and swapping new ones in, compared with the plain way to read and overwrite them, which is
the first row of each group: 1 is as fast. A swap of Latchkey also detects writes by others. When it resolves, the file and
the entry in its folder are on the disk.

${table(['', '', 'speed'], rows)}`
  },
}
