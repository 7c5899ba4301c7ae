/** The API key that this browser sends, kept until it is taken back. */
const name = 'distillery-api-key';

export const apiKey = (): string | null => localStorage.getItem(name);

export function setApiKey(key: string | null): void {
  if (key === null) localStorage.removeItem(name);
  else localStorage.setItem(name, key);
}

/** What a request needs to be let in. */
export function authorization(): Record<string, string> {
  const key = apiKey();
  return key === null ? {} : { authorization: `Bearer ${key}` };
}
