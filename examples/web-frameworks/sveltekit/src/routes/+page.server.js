import { redirect } from '@sveltejs/kit'
import { auth } from '../auth.js'

/** @type {import('@sveltejs/kit').ServerLoad} */
export async function load({ request }) {
  const account = await auth.account(request)
  if (!account) redirect(303, '/auth/login')
  return { name: (await account.tokens())?.account_username }
}
