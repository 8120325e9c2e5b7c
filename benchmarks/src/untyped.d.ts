// Its own declarations import each other without an extension, which no module of today's Node can.
declare module '@openid/appauth'
