import { isSignInRequired } from '@latchkey/core'
import { authorizedFetch } from '@latchkey/transport-fetch'
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { auth } from '../auth'
import { API } from '../client'

export default async function Page() {
  const account = await auth.account({ headers: await headers() })
  if (!account) redirect('/auth/login')
  const me = await authorizedFetch(account)(`${API}/3/account/me`).catch((error: unknown) => {
    if (isSignInRequired(error)) redirect('/auth/login')
    throw error
  })
  const { data } = (await me.json()) as { data: { url: string } }
  return (
    <form method="post" action="/auth/logout">
      <p>You are {data.url}</p>
      <button>Sign out</button>
    </form>
  )
}
