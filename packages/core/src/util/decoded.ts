/** The names of HTML for ASCII punctuation; `Tab`, `NewLine` and `nbsp` for white space. */
const ENTITIES: Readonly<Record<string, string>> = Object.fromEntries(
  'amp& lt< gt> quot" apos\' sol/ bsol\\ plus+ equals= num# percnt% period. comma, colon: semi; lowbar_ hyphen- dash- excl! quest? commat@ dollar$ ast* lpar( rpar) lsqb[ lbrack[ rsqb] rbrack] lcub{ lbrace{ rcub} rbrace} verbar| vert| Hat^ grave`'
    .split(' ')
    .map(entry => [entry.slice(0, -1), entry.slice(-1)]),
)

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }

/** Each undoes one format, and leaves alone what it cannot read. */
const FORMATS: readonly ((text: string) => string)[] = [
  percentDecoded,
  text => percentDecoded(text.replaceAll('+', ' ')),
  text =>
    text.replace(/\\(?:u[0-9a-f]{4}|[^u])/gi, ([, kind = '', ...digits]) =>
      kind === 'u' && digits.length > 0
        ? String.fromCharCode(parseInt(digits.join(''), 16))
        : (ESCAPES[kind] ?? kind),
    ),
  text =>
    text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]{2,8}));/gi, (entity, hex, decimal, name) => {
      const code = hex === undefined ? Number(decimal) : parseInt(hex, 16)
      if (name !== undefined) return ENTITIES[name] ?? entity
      return code <= 0x10ffff ? String.fromCodePoint(code) : entity
    }),
]

function percentDecoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, encoded => {
    try {
      return decodeURIComponent(encoded)
    } catch {
      return encoded // not UTF-8
    }
  })
}

/** Returns what `text` is when one format is undone: percent-encoding, a form, JSON, HTML. */
export function decodings(text: string): string[] {
  return FORMATS.map(decode => decode(text)).filter(decoded => decoded !== text)
}
