import { defaultClientConditions, defineConfig } from 'vite'

// 127.0.0.1, since Imgur has been seen to reject redirects to localhost.
const here = { host: '127.0.0.1', port: 5173, strictPort: true }

// Any script in this page can read the tokens, so only own scripts may run. Send this header from your server too.
const policy = [
  "default-src 'self'",
  `connect-src 'self' ${process.env.VITE_IMGUR_URL ?? 'https://api.imgur.com'}`,
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export default defineConfig({
  appType: 'mpa', // two pages; other addresses are not found
  build: { target: 'es2022', rolldownOptions: { input: ['index.html', 'callback.html'] } },
  server: here,
  preview: { ...here, headers: { 'Content-Security-Policy': policy, 'Referrer-Policy': 'no-referrer' } },
  // Only in this repository: resolves its packages to their sources.
  resolve: { conditions: ['@latchkey/source', ...defaultClientConditions] },
})
