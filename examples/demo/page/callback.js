// A server never sees the fragment, where the token flow puts its tokens: this page hands its whole address
// over, and takes it out of the browser's address bar and history.
const address = location.href
history.replaceState(null, '', location.pathname)

const words = await fetch(location.pathname, { method: 'POST', body: address }).then(
  response => response.text(),
  () => 'The demo is no longer running.',
)
document.querySelector('[role=status]').textContent = words
