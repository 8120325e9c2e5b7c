// Its own declarations import each other without an extension, which Node's module resolution does not support.
declare module '@openid/appauth'
