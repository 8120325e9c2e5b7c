interface ImportMeta {
  /** Vite inserts these values at build time. */
  readonly env: { readonly VITE_IMGUR_CLIENT_ID?: string; readonly VITE_IMGUR_URL?: string }
}
