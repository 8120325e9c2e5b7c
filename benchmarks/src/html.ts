// The page of the benchmarks as HTML that opens from the disk: the tables and plots of docs/benchmarks.md.
import { writeFile } from 'node:fs/promises'
import { marked } from 'marked'

const STYLE = `
:root { color-scheme: light dark; background: light-dark(#fff, #121212); color: light-dark(#1f2328, #e6edf3); font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 76rem; margin: 0 auto; padding: 1rem; }
img { max-width: 100%; height: auto; border: 1px solid #8884; border-radius: 6px; }
figure { margin: 0; overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #8886; padding: 0.3rem 0.7rem; text-align: left; vertical-align: top; }
.better { color: light-dark(#8f4700, #f0a04b); }
code { overflow-wrap: anywhere; }
a { color: light-dark(#0b6bcb, #6cb6ff); }`

/** Writes docs/benchmarks/index.html from the Markdown of docs/benchmarks.md. */
export async function writeHtml(path: string, markdown: string): Promise<void> {
  const body = (await marked(markdown))
    .replaceAll('<table>', '<figure tabindex="0" role="group" aria-label="A table that scrolls"><table>')
    .replaceAll('</table>', '</table></figure>')
    .replaceAll('<th></th>', '<td></td>')
    .replaceAll(
      /<td>([^<]*) ▲<\/td>/g,
      '<td class="better">$1 <span title="better than Latchkey">▲</span></td>',
    )
  const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Benchmarks of Latchkey</title>
<base href="../">
<style>${STYLE}
</style>
</head>
<body>
<main>
${body}</main>
</body>
</html>
`
  await writeFile(path, page)
}
