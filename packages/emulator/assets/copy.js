// Copies the value next to a button.

for (const button of document.querySelectorAll('.copy')) {
  button.hidden = false
  button.addEventListener('click', async () => {
    const value = button.parentElement.querySelector('code')
    try {
      await navigator.clipboard.writeText(value.textContent)
      button.textContent = 'Copied'
    } catch {
      getSelection().selectAllChildren(value)
      button.textContent = 'Selected'
    }
    setTimeout(() => (button.textContent = 'Copy'), 2000)
  })
}
