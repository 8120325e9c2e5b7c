import { svelte } from '@sveltejs/vite-plugin-svelte'
import vue from '@vitejs/plugin-vue'
import { defaultClientConditions, defineConfig } from 'vite'

const here = { host: '127.0.0.1', port: 5173, strictPort: true }

export default defineConfig({
  appType: 'mpa', // one page for each framework
  plugins: [vue(), svelte()], // React needs none; @vitejs/plugin-react adds fast refresh
  build: {
    target: 'es2022', // for `await` outside functions
    rolldownOptions: { input: ['react.html', 'vue.html', 'svelte.html'] },
  },
  server: here,
  preview: here,
  // Only in this repository: resolves its packages to their sources.
  resolve: { conditions: ['@latchkey/source', ...defaultClientConditions] },
})
