/** From a file to a dataset: choose it, look at what the server makes of it, import it. */
import { Alert, Button, Code, Group, Input, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useMutation } from 'urql';
import { messageOf } from '../../api/client.ts';
import { DataImportDocument, type DatasetFormat } from '../../api/operations.ts';
import { bytes, count } from '../../components/format.ts';
import { Failure, Loading } from '../../components/states.tsx';
import { DropArea } from './dropArea.tsx';
import { UploadCheck } from './uploadCheck.tsx';
import { datasetNameOf, formatOf, namePattern, nameRule } from './uploadFile.ts';
import { useUpload } from './useUpload.ts';

export function UploadPanel({
  bodyBytes,
  takenNames,
  onImported,
}: {
  bodyBytes: number;
  takenNames: readonly string[];
  onImported: () => void;
}) {
  const [file, setFile] = useState<File | null>(null);
  const [format, setFormat] = useState<DatasetFormat>('CSV');
  const [name, setName] = useState('');
  const [imported, runImport] = useMutation(DataImportDocument);
  const [dismissed, setDismissed] = useState(true);
  const { content, check, error, refusal, busy, retry } = useUpload(file, format, bodyBytes);

  const choose = (chosen: File) => {
    setFile(chosen);
    setFormat(formatOf(chosen.name));
    setName(datasetNameOf(chosen.name));
    setDismissed(true);
  };
  const nameFault = faultOf(name, takenNames);
  const ready = check?.ready === true && nameFault === null;
  const importIt = async () => {
    if (content === null) return;
    setDismissed(false);
    const { data } = await runImport({ input: { name, format, content } });
    if (!data) return;
    const { counts } = data.importDataset;
    notifications.show({
      title: `${data.importDataset.name} has been imported`,
      message: counts
        ? `${count(counts.train)} reviews to train on. A run can use it now.`
        : 'A run can use it now.',
      color: 'teal',
    });
    setFile(null);
    setName('');
    onImported();
  };

  return (
    <Stack gap="md">
      <DropArea file={file} bodyBytes={bodyBytes} onFile={choose} />
      {refusal && <Refusal reason={refusal} bodyBytes={bodyBytes} file={file} name={name} />}
      {file && !refusal && (
        <>
          <Group align="flex-start" gap="md">
            <TextInput
              label="Dataset name"
              description={nameFault === null ? `A new name: ${nameRule}.` : undefined}
              value={name}
              onChange={({ currentTarget }) => setName(currentTarget.value)}
              error={nameFault}
              style={{ flex: '1 1 260px' }}
              autoComplete="off"
              spellCheck={false}
              required
            />
            <Input.Wrapper label="Format" labelElement="div" labelProps={{ id: 'upload-format' }}>
              <SegmentedControl
                aria-labelledby="upload-format"
                data={['CSV', 'JSONL']}
                value={format}
                onChange={(value) => setFormat(value as DatasetFormat)}
                display="flex"
              />
            </Input.Wrapper>
          </Group>
          {busy && <Loading rows={5} />}
          {error && <Failure error={error} onRetry={retry} />}
          {check && <UploadCheck check={check} />}
          {imported.error && !dismissed && (
            <Alert color="red" variant="light" role="alert" title="It was not imported">
              {messageOf(imported.error)}
            </Alert>
          )}
          <Group>
            <Button onClick={() => void importIt()} disabled={!ready} loading={imported.fetching}>
              Import
            </Button>
            <Button variant="default" onClick={() => setFile(null)} disabled={imported.fetching}>
              Discard
            </Button>
          </Group>
        </>
      )}
    </Stack>
  );
}

function faultOf(name: string, takenNames: readonly string[]): string | null {
  if (!namePattern.test(name)) return `Expected: ${nameRule}.`;
  return takenNames.includes(name) ? 'There is a dataset of this name already.' : null;
}

function Refusal({
  reason,
  bodyBytes,
  file,
  name,
}: {
  reason: 'TOO_LARGE' | 'UNREADABLE';
  bodyBytes: number;
  file: File | null;
  name: string;
}) {
  if (reason === 'UNREADABLE')
    return (
      <Alert color="red" variant="light" role="alert" title="The file cannot be read">
        Choose it once more; it may have been moved or changed.
      </Alert>
    );
  return (
    <Alert
      color="yellow"
      variant="light"
      role="alert"
      title="Too large to send through the browser"
      styles={{ label: { color: 'var(--mantine-color-text)' } }}
    >
      <Text size="sm" mb="xs">
        A request may have {bytes(bodyBytes)}. On the server’s machine a file of any size can be imported:
      </Text>
      <Code
        block
      >{`npm run distillery -- data import ${file?.name ?? 'reviews.csv'} --name ${name || 'mine'}`}</Code>
    </Alert>
  );
}
