import { defaultClientConditions, defineConfig } from 'vite'

// 127.0.0.1 by number: Imgur was seen to refuse redirects to localhost.
const here = { host: '127.0.0.1', port: 5173, strictPort: true }

// Whoever runs a script in this page has the tokens, so nobody else's may run. Have your own server say this too.
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
  appType: 'mpa', // two pages, and no other address is answered with one of them
  build: { target: 'es2022', rolldownOptions: { input: ['index.html', 'callback.html'] } },
  server: here,
  preview: { ...here, headers: { 'Content-Security-Policy': policy, 'Referrer-Policy': 'no-referrer' } },
  // Only in this repository: its packages from their sources.
  resolve: { conditions: ['@latchkey/source', ...defaultClientConditions] },
})
