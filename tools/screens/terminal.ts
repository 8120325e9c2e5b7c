// Draws what programs print at a terminal, with xterm.js.
import { readFileSync } from 'node:fs'
import type { Terminal } from '@xterm/xterm'
import type { Page } from 'playwright-core'

/** What a program printed, under the command line that started it. */
export interface Screen {
  readonly title: string
  readonly output: string
}

const LIBRARY = new URL('../../node_modules/@xterm/xterm/', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, LIBRARY), 'utf8')

/** The colors of GNOME Terminal. */
const THEMES = {
  light: {
    background: '#ffffff',
    foreground: '#171421',
    cursor: '#ffffff',
    red: '#c01c28',
    green: '#26a269',
  },
  dark: { background: '#171421', foreground: '#d0cfcc', cursor: '#171421', red: '#c01c28', green: '#26a269' },
} as const

/** Draws terminals below each other, each as high as its text. */
export async function drawTerminals(
  page: Page,
  screens: readonly Screen[],
  { columns, theme }: { readonly columns: number; readonly theme: keyof typeof THEMES },
): Promise<void> {
  const colors = THEMES[theme]
  await page.setContent(
    `<style>${read('css/xterm.css')} body { background: ${theme === 'light' ? '#dddddd' : '#444444'} }
    h2 { font: bold 14px monospace; color: ${theme === 'light' ? 'black' : 'white'}; margin: 14px 0 4px } .xterm-viewport { overflow: hidden !important }</style>`,
  )
  await page.addScriptTag({ content: read('lib/xterm.js') })
  await page.evaluate(
    async ({ screens, columns, colors }) => {
      const { Terminal: XTerm } = window as unknown as { Terminal: typeof Terminal }
      for (const { title, output } of screens) {
        const heading = document.createElement('h2')
        heading.textContent = title
        const box = document.createElement('div')
        document.body.append(heading, box)
        const terminal = new XTerm({
          cols: columns,
          rows: 60,
          theme: colors,
          fontSize: 14,
          fontFamily: 'DejaVu Sans Mono, monospace',
        })
        terminal.open(box)
        await new Promise<void>(resolve => terminal.write(output, resolve))
        terminal.resize(columns, terminal.buffer.active.cursorY + 1)
      }
      await new Promise(resolve => setTimeout(resolve, 300)) // xterm.js draws later
      for (const box of document.querySelectorAll<HTMLElement>('.xterm')) {
        box.style.height = `${box.querySelector('.xterm-screen')!.clientHeight}px`
        box.style.overflow = 'hidden'
      }
    },
    { screens, columns, colors },
  )
}
