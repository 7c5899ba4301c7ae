/** What a model is and where it comes from. */
import { Badge, Code, Group } from '@mantine/core';
import { Fragment } from 'react';
import type { ModelCardFragment } from '../../api/operations.ts';
import { methodNames } from '../../components/colours.ts';
import { bytes, count, dateTime, words } from '../../components/format.ts';
import { FactsTable } from './factsTable.tsx';
import { ModelLink } from '../../components/modelLink.tsx';
import { Versions } from './versions.tsx';

export function CardFacts({ model }: { model: ModelCardFragment }) {
  const { dataset, tokenizer } = model;
  return (
    <FactsTable
      label="What it is"
      facts={[
        ['Architecture', model.architecture],
        ['Method', methodNames[model.method]],
        ['Parameters', count(model.parameters)],
        ['File', `${bytes(model.fileBytes)}, ${words(model.precision)}`],
        ['Aliases', model.aliases.length > 0 ? <Aliases names={model.aliases} /> : 'none'],
        ['Version', <Versions name={model.name} version={model.version} />],
        ['Published', dateTime(model.createdAt)],
        ['Teacher', model.parentTeacher && <Teachers references={model.parentTeacher.split(/\s*\+\s*/)} />],
        ['Temperature', model.temperature],
        [
          'Dataset',
          dataset && (
            <>
              {dataset.name} <Code title={dataset.fingerprint}>{dataset.fingerprint.slice(0, 12)}</Code>
            </>
          ),
        ],
        ['Tokenizer', `${tokenizer.kind}, ${count(tokenizer.vocabularySize)} entries`],
        ['Tokens read', `${count(model.maxTokens)} at most`],
        ['Engine', model.engine ?? 'made elsewhere'],
        ['Seed', model.seed],
        ['Origin', model.origin],
        ['Licence', model.licence],
      ]}
    />
  );
}

function Aliases({ names }: { names: readonly string[] }) {
  return (
    <Group gap={4}>
      {names.map((name) => (
        <Badge key={name} variant="default">
          {name}
        </Badge>
      ))}
    </Group>
  );
}

/** An ensemble has several. */
function Teachers({ references }: { references: readonly string[] }) {
  return references.map((reference, index) => (
    <Fragment key={reference}>
      {index > 0 && ' + '}
      <ModelLink reference={reference} />
    </Fragment>
  ));
}
