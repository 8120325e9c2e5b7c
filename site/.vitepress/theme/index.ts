import type { Theme } from 'vitepress'
import { useRoute } from 'vitepress'
import DefaultTheme from 'vitepress/theme-without-fonts'
import { h, nextTick, onMounted, watch } from 'vue'
import Diagram from './Diagram.vue'
import MarkdownLink from './MarkdownLink.vue'
import Playground from './Playground.vue'
import './style.css'

/** Scrolls the sidebar to the page that is open; VitePress leaves it at its first pages. */
async function showPlace(): Promise<void> {
  await nextTick()
  const sidebar = document.querySelector('.VPSidebar')
  const item = document.querySelector('.VPSidebarItem.is-active > .item')
  if (!sidebar || !item) return
  const { top, bottom } = item.getBoundingClientRect()
  if (top < 0 || bottom > innerHeight) sidebar.scrollTop += top - innerHeight / 2
}

export default {
  extends: DefaultTheme,
  Layout: () => h(DefaultTheme.Layout, null, { 'doc-footer-before': () => h(MarkdownLink) }),
  setup: () => {
    const route = useRoute()
    onMounted(() => watch(() => route.path, showPlace, { immediate: true }))
  },
  enhanceApp: ({ app }) => void app.component('Playground', Playground).component('Diagram', Diagram),
} satisfies Theme
