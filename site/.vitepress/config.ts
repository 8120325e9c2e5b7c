import { readFileSync } from 'node:fs'
import { slug } from 'github-slugger'
import { defineConfig } from 'vitepress'
import { PAGES, REPOSITORY } from '../src/places.ts'

const sidebar = JSON.parse(readFileSync(`${PAGES}/sidebar.json`, 'utf8'))
const TITLE = 'Latchkey'

/** Ranks pages that a question seldom means below the guides. VitePress sends its text to the browser: it uses no other name. */
const boostDocument = (page: string): number =>
  /\/(api|decisions)\/|\/(provider-descriptions|benchmarks|exploration)\b/.test(page) ? 0.4 : 1

/** Finds "Next.js" for `nextjs`, and "Node" for `nodejs`. Its text is sent to the browser as well. */
const processTerm = (term: string): string => term.toLowerCase().replace(/(..)js$/, '$1')

export default defineConfig({
  title: TITLE,
  description: "Obtains a user's OAuth 2.0 tokens and keeps them valid.",
  lang: 'en',
  srcDir: '.pages',
  srcExclude: ['public/**'],
  outDir: 'dist',
  cacheDir: '../.tmp/vitepress',
  lastUpdated: false,
  metaChunk: true,
  router: { prefetchLinks: false },
  // src/dead-links.ts checks them, and anchors as well.
  ignoreDeadLinks: true,
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    // Documents are read at GitHub as well, and their links lead to its anchors.
    anchor: { slugify: text => slug(text) },
    config: md => {
      const fence = md.renderer.rules.fence!
      md.renderer.rules.fence = (tokens, index, ...rest) => {
        const { info, content } = tokens[index]!
        return info === 'mermaid'
          ? `<Diagram text="${md.utils.escapeHtml(content)}" />`
          : fence(tokens, index, ...rest)
      }
      // The corner above a column of row names is a cell, not a heading without words.
      md.renderer.rules.th_open = (tokens, index, options, _, renderer) => {
        const [opening, words, closing] = tokens.slice(index)
        if (words!.content === '') opening!.tag = closing!.tag = 'td'
        return renderer.renderToken(tokens, index, options)
      }
      // A plot is wider than a phone: it scrolls in its own box, also by keyboard. In a link it stays an image.
      const image = md.renderer.rules.image!
      md.renderer.rules.image = (tokens, index, ...rest) => {
        const drawn = image(tokens, index, ...rest)
        const isLinked = tokens[index - 1]?.type === 'link_open'
        return isLinked ? drawn : `<span class="plot" tabindex="0">${drawn}</span>`
      }
    },
  },
  transformHead: ({ pageData: { relativePath } }) =>
    relativePath === '404.md'
      ? []
      : [['link', { rel: 'alternate', type: 'text/markdown', href: `/${relativePath}` }]],
  // Its own dependencies are CommonJS, which the server of `--dev` has to convert.
  vite: { optimizeDeps: { include: ['mermaid'] } },
  themeConfig: {
    search: {
      provider: 'local',
      options: { miniSearch: { searchOptions: { boostDocument, processTerm } } },
    },
    sidebar,
    outline: [2, 3],
    nav: [
      { text: 'Start', link: '/tutorials/script', activeMatch: '^/tutorials/' },
      { text: 'Guides', link: '/guides/', activeMatch: '^/guides/' },
      { text: 'Reference', link: '/reference/', activeMatch: '^/(reference|api)/' },
      { text: 'Packages', link: '/packages/', activeMatch: '^/packages/' },
      { text: 'Explanation', link: '/explanation/', activeMatch: '^/explanation/' },
      {
        text: 'Help',
        activeMatch: '^/(questions|troubleshooting|glossary)',
        items: [
          { text: 'Short answers', link: '/questions' },
          { text: 'Troubleshooting', link: '/troubleshooting' },
          { text: 'Glossary', link: '/glossary' },
        ],
      },
    ],
    socialLinks: [{ icon: 'github', link: REPOSITORY }],
    editLink: {
      pattern: ({ frontmatter }) =>
        `https://github.com/latchkey-auth/latchkey/edit/main/${frontmatter.source ?? ''}`,
      text: 'Edit this page',
    },
    docFooter: { prev: false, next: false },
  },
})
