import { expect, test } from '@jest/globals'
import { Client, MemoryTokenStore } from '@latchkey/core'
import { useAccount } from '@latchkey/web/react'
import { createElement, StrictMode } from 'react'
import { renderToString } from 'react-dom/server'

test('useAccount renders the snapshot on a server, twice in StrictMode', () => {
  const client = new Client({ client_id: 'c', store: new MemoryTokenStore() })
  const snapshots: unknown[] = []
  const Status = () => {
    const snapshot = useAccount(client)
    snapshots.push(snapshot)
    return createElement('p', null, snapshot.status)
  }
  expect(renderToString(createElement(StrictMode, null, createElement(Status)))).toBe('<p>unknown</p>')
  expect(new Set(snapshots).size).toBe(1)
})
