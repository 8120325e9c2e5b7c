import { useAccount } from '@latchkey/web/react'
import { useEffect, useState } from 'react'
import { client, nameOf, problem, signIn } from './client.ts'

export function App() {
  const { status } = useAccount(client)
  const [name, setName] = useState('…')
  useEffect(() => {
    if (status === 'live') nameOf().then(setName, (error: Error) => setName(error.message))
  }, [status])

  if (status === 'unknown') return <p>One moment …</p>
  if (status === 'live')
    return (
      <>
        <p>You are {name}</p>
        <button onClick={() => void client.signOut()}>Sign out</button>
      </>
    )
  return (
    <>
      <p role="alert">{problem}</p>
      <button onClick={signIn}>Sign in</button>
    </>
  )
}
