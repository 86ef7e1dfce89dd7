/** Whether `url` stays on this machine: there is no key to protect, and no proxy to ask. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
