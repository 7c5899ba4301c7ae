/** Scopes and the audit log for operations over HTTP; after the plugin that limits their cost. */
import type { ApolloServerPlugin } from '@apollo/server';
import type { Gate } from '../access/gate.ts';
import { auditMutation } from './audit.ts';
import type { GraphqlContext } from './context.ts';
import { checkPermission } from './permissions.ts';

export function accessPlugin(gate: Gate): ApolloServerPlugin<GraphqlContext> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ schema, document, operation, contextValue: { actor } }) => {
        if (operation) checkPermission(schema, document, operation, { actor, gate });
      },
      willSendResponse: async ({
        schema,
        document,
        operation,
        request,
        response: { body },
        contextValue,
      }) => {
        if (!document || operation?.operation !== 'mutation' || body.kind !== 'single') return;
        const asked = { schema, document, operation, variables: request.variables ?? {} };
        await auditMutation(asked, body.singleResult, contextValue, 'http');
      },
    }),
  };
}
