/** GraphiQL over this server, at GET /graphql: nothing is asked of any other one. */
import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './explorer.css';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { socket } from './api/client.ts';
import { authorization } from './api/key.ts';

const fetcher = createGraphiQLFetcher({ url: '/graphql', wsClient: socket, headers: authorization() });

const firstQuery = `# Ctrl+Space suggests, Ctrl+Enter runs.
query {
  classify(text: "A quiet, clever film that stays with you.", model: "best-student") {
    label
    probabilities { positive }
    latencyMs
    model { reference }
  }
}
`;

createRoot(document.getElementById('root')!).render(
  <GraphiQL fetcher={fetcher} defaultQuery={firstQuery} shouldPersistHeaders={false} />,
);
