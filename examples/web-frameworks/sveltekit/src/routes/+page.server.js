import { isSignInRequired } from '@latchkey/core'
import { authorizedFetch } from '@latchkey/transport-fetch'
import { redirect } from '@sveltejs/kit'
import { auth } from '../auth.js'
import { API } from '../client.ts'

/** @type {import('@sveltejs/kit').ServerLoad} */
export async function load({ request }) {
  const account = await auth.account(request)
  if (!account) redirect(303, '/auth/login')
  const me = await authorizedFetch(account)(`${API}/3/account/me`).catch(error => {
    if (isSignInRequired(error)) redirect(303, '/auth/login')
    throw error
  })
  const { data } = await me.json()
  return { name: data.url }
}
