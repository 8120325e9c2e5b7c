import { ratioText, table } from '../markdown.ts'
import type { Ratios } from '../ratios.ts'
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
        ratioText(ratio),
      ]),
    )
    return `Reading one account's tokens and swapping new ones in, beside the plain way to read and to overwrite them, which is
the first of each: 1 is as fast. A swap of ours also finds out whether somebody else has written, and is on the disk
when it resolves, with its folder's entry.

${table(['', '', 'speed'], rows)}`
  },
}
