import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { auth } from '../auth.ts'

export default async function Page() {
  const account = await auth.account({ headers: await headers() })
  if (!account) redirect('/auth/login')
  const { account_username } = (await account.tokens()) ?? {}
  return <p>You are {account_username}</p>
}
