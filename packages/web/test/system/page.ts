// A page of the application: it shows the token's expiry, and counts how often its effects ran.
import { createElement, StrictMode, useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'

let effects = 0

function App() {
  const [text, setText] = useState('waiting')
  useEffect(() => {
    effects++
    const headers = { 'x-latchkey': 'token' }
    void fetch('/auth/op/token', { method: 'POST', headers })
      .then(async response => (await response.json()) as { expires_at?: number })
      .then(({ expires_at }) => setText(expires_at === undefined ? 'signed out' : 'signed in'))
  }, [])
  return createElement('p', { id: 'status' }, `${text}, ${effects} effects`)
}

createRoot(document.querySelector('#app')!).render(createElement(StrictMode, null, createElement(App)))
