/** Reads the list of models page by page, until its end. */
import { useEffect, useState } from 'react';
import { useClient, type CombinedError } from 'urql';
import { ModelsPageDocument, type ModelsRowFragment } from '../../api/operations.ts';

export interface AllModels {
  /** What has come so far. */
  readonly data?: readonly ModelsRowFragment[];
  readonly error?: CombinedError;
  readonly fetching: boolean;
}

/** @param round another value reads the list anew */
export function useAllModels(ofSurveys: boolean, round: unknown): AllModels {
  const client = useClient();
  const [result, setResult] = useState<AllModels>({ fetching: true });
  useEffect(() => {
    let left = false;
    const read = async () => {
      const models: ModelsRowFragment[] = [];
      let after: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof ask>> = await ask(after);
        if (left) return;
        const { data, error } = page;
        if (!data) {
          setResult({ fetching: false, ...(error && { error }) });
          return;
        }
        models.push(...data.models.edges.map(({ node }) => node));
        after = data.models.pageInfo.hasNextPage ? data.models.pageInfo.endCursor : null;
        setResult({ data: [...models], fetching: after !== null });
      } while (after !== null);
    };
    const ask = (after: string | null) =>
      client.query(ModelsPageDocument, { after, ofSurveys }, { requestPolicy: 'network-only' }).toPromise();
    setResult((before) => ({ ...before, fetching: true }));
    void read();
    return () => {
      left = true;
    };
  }, [client, ofSurveys, round]);
  return result;
}
