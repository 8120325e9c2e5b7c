/** A picture of one pixel. */
const PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

/** Returns the name of the account that the token belongs to. */
export async function accountName(apiUrl: string, accessToken: string): Promise<string> {
  const { url } = await call<{ url: string }>(`${apiUrl}/3/account/me`, accessToken)
  return url
}

/** Uploads a picture to the account. Returns its URL. */
export async function upload(apiUrl: string, accessToken: string): Promise<string> {
  const body = new URLSearchParams({ image: PICTURE, type: 'base64', title: 'Latchkey was here' })
  const { link } = await call<{ link: string }>(`${apiUrl}/3/image`, accessToken, { method: 'POST', body })
  return link
}

async function call<Data>(url: string, accessToken: string, init: RequestInit = {}): Promise<Data> {
  const response = await fetch(url, { ...init, headers: { authorization: `Bearer ${accessToken}` } })
  if (!response.ok) throw new Error(`${url} returned status ${response.status}`)
  return ((await response.json()) as { data: Data }).data
}
