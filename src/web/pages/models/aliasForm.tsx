/** Lets an alias mean another version, or try one beside its own. */
import { Autocomplete, Button, Group, NumberInput, Stack, Switch } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState, type FormEvent } from 'react';
import { useMutation } from 'urql';
import { ModelsSetAliasDocument } from '../../api/operations.ts';
import { Refusal } from '../../components/states.tsx';

export function AliasForm({
  aliases,
  references,
  onSet,
}: {
  aliases: readonly string[];
  references: readonly string[];
  onSet: () => void;
}) {
  const [alias, setAlias] = useState('');
  const [model, setModel] = useState('');
  const [share, setShare] = useState<string | number>(100);
  const [shadow, setShadow] = useState(false);
  const [{ fetching, error }, set] = useMutation(ModelsSetAliasDocument);
  const sharePercent = Number(share);
  const complete = alias.trim() !== '' && model.trim() !== '' && sharePercent > 0 && sharePercent <= 100;
  const trial = shadow || sharePercent < 100;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const variables = { alias: alias.trim(), model: model.trim(), share: sharePercent / 100, shadow };
    const { error: failure } = await set(variables);
    if (failure) return;
    notifications.show({
      title: `${variables.alias} was set`,
      message: trial ? `It tries ${variables.model} now.` : `It means ${variables.model} now.`,
    });
    onSet();
  };

  return (
    <form onSubmit={(event) => void submit(event)} aria-label="Set an alias">
      <Stack gap="sm">
        <Group align="flex-start" gap="md">
          <Autocomplete
            label="Alias"
            description="1 to 64 of a–z, 0–9, “.”, “_” and “-”. A new one is made."
            data={[...aliases]}
            value={alias}
            onChange={setAlias}
            required
            style={{ flex: '1 1 220px' }}
          />
          <Autocomplete
            label="Model"
            description="What it shall mean, or try: a name (its newest version), name@version or another alias."
            data={[...references]}
            value={model}
            onChange={setModel}
            required
            style={{ flex: '1 1 260px' }}
          />
          <NumberInput
            label="Share of the texts"
            description="At 100 % the alias means the model from now on. Below, it keeps its version, and the model answers this share."
            suffix=" %"
            min={0.1}
            max={100}
            clampBehavior="blur"
            value={share}
            onChange={setShare}
            required
            style={{ flex: '1 1 220px' }}
          />
        </Group>
        <Switch
          label="As a shadow"
          description="The alias keeps its version for all answers; the model is given the share as well, for the statistics only."
          checked={shadow}
          onChange={({ currentTarget }) => setShadow(currentTarget.checked)}
        />
        <Group>
          <Button type="submit" variant="default" disabled={!complete} loading={fetching}>
            {trial ? 'Try the model' : 'Set the alias'}
          </Button>
          <Refusal error={error} p="xs" />
        </Group>
      </Stack>
    </form>
  );
}
