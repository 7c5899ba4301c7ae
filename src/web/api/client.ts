/** The way to the server: queries and mutations over HTTP, subscriptions over one WebSocket. */
import { createClient } from 'graphql-ws';
import { cacheExchange, Client, fetchExchange, mapExchange, type CombinedError } from 'urql';
import { apiKey, authorization } from './key.ts';

/** Sent on the window when the server asks for a key, or for another one. */
export const keyWanted = 'distillery:key-wanted';

export const client = new Client({
  url: '/graphql',
  preferGetMethod: false,
  requestPolicy: 'cache-and-network',
  fetchOptions: () => ({ headers: authorization() }),
  exchanges: [
    mapExchange({
      onError: (error) => {
        if (codeOf(error) === 'UNAUTHENTICATED') window.dispatchEvent(new Event(keyWanted));
      },
    }),
    cacheExchange,
    fetchExchange,
  ],
});

const socketUrl = new URL('/graphql', location.href);
socketUrl.protocol = socketUrl.protocol.replace('http', 'ws');

/** Longest pause before it is tried again, in milliseconds. */
const longestPauseMs = 10_000;

export const socket = createClient({
  url: socketUrl.href,
  connectionParams: () => ({ apiKey: apiKey() ?? undefined }),
  keepAlive: 15_000,
  retryAttempts: Infinity,
  retryWait: (retries) =>
    new Promise((resolve) => setTimeout(resolve, Math.min(longestPauseMs, 250 * 2 ** retries))),
  // Whatever happened to the connection: a server that is started anew goes on with its runs.
  shouldRetry: () => true,
});

/** The server's code of an error, such as NOT_FOUND; UNREACHABLE where it did not answer. */
export function codeOf(error: CombinedError): string {
  const [first] = error.graphQLErrors;
  if (first) return String(first.extensions.code ?? 'INTERNAL');
  return (error.response as Response | undefined)?.status === 401 ? 'UNAUTHENTICATED' : 'UNREACHABLE';
}

/** What to tell the reader. */
export function messageOf(error: CombinedError): string {
  const [first] = error.graphQLErrors;
  if (first) return first.message;
  return codeOf(error) === 'UNAUTHENTICATED'
    ? 'The server asks for an API key.'
    : 'The server does not answer. Is it running?';
}

/** What to tell the reader of a subscription that ended by itself: errors of GraphQL, or of the connection. */
export function wordsOfClose(error: unknown): string {
  if (Array.isArray(error)) return error.map(({ message }: { message: string }) => message).join(' ');
  return error instanceof Error ? error.message : 'The connection was lost.';
}

/** Saves a file of the server's under its own name. A link alone could not send the key. */
export async function download(path: string, fileName: string): Promise<void> {
  const response = await fetch(path, { headers: authorization() });
  if (!response.ok) throw new Error(`The download failed: the server answered ${response.status}.`);
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(url);
}
