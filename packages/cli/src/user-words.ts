// The messages of the library are for developers: some name its functions or what only they know.

/** What is replaced in a message, by what. The first part of each is in the source of a package. */
export const USER_WORDS: readonly (readonly [developers: string, users: string])[] = [
  ['; the flow still waits for another one', ''],
  [': if a proxy changes the path, pass { ignorePath: true } to complete()', ''],
  [', or pass the option account', ''],
  ['nobody has signed in to this account', 'this account is not signed in'],
  [': it has no tokens', ''],
  ['somebody came back with ', 'the browser brought an error of another sign-in: '],
  [', without a state', ''],
  [', so its error does not count', ''],
  ['the redirect carries ', 'the URL has '],
  ['the URL has another state', 'the URL belongs to another sign-in: it has another state'],
  [": pass it in 'grants'", ', which only the program that obtained them has'],
  [': pass dpop: dpop()', ', which only the program that obtained them has'],
  [': they stay in memory, and settled() tries again', ''],
  [': its response will still be stored, so call again', ': try again'],
  ['the store could not make the lease durable', 'the store could not be written safely'],
  ['the record changes faster than it can be read', 'other programs are changing this account: try again'],
  [
    'a value under this key that is not a token record: sign in or sign out to replace it',
    'damaged data for this account',
  ],
  [
    'a record of a newer version of Latchkey, which is kept: upgrade this program',
    'data of a newer version of latchkey: upgrade it',
  ],
  [': new Client({ offline: true }) requests one', ''],
  [', or give the tokens up with replaceKeychainKey()', ', or run: latchkey config keychain on --new-key'],
  ['add it, or give the tokens up with signOut()', 'it is not the one in the keychain'],
  ['mcp:', ''],
  ['Latchkey: ', ''],
]

/** Returns a message of the library in the words of users. */
export function inUserWords(message: string): string {
  return USER_WORDS.reduce((text, [developers, users]) => text.replace(developers, () => users), message)
}
