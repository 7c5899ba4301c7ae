/** Asks for the API key where the server wants one. */
import { Button, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { useDisclosure, useWindowEvent } from '@mantine/hooks';
import { useState, type FormEvent } from 'react';
import { keyWanted } from '../api/client.ts';
import { apiKey, setApiKey } from '../api/key.ts';

export function KeyDialog() {
  const [opened, { open, close }] = useDisclosure(false);
  const [key, setKey] = useState('');
  useWindowEvent(keyWanted as keyof WindowEventMap, open);
  const save = (event: FormEvent) => {
    event.preventDefault();
    setApiKey(key.trim());
    // Everything on the page is asked for anew, with the key.
    location.reload();
  };
  const refused = apiKey() !== null;
  return (
    <Modal opened={opened} onClose={close} title="This server asks for an API key" centered>
      <form onSubmit={save}>
        <Stack>
          <Text size="sm" c="dimmed">
            One that was made for you, or what the server was started with as DISTILLERY_API_KEY. It stays in
            this browser.
          </Text>
          <PasswordInput
            label="API key"
            value={key}
            onChange={({ currentTarget }) => setKey(currentTarget.value)}
            error={refused ? 'The server does not take the key that is stored here.' : undefined}
            autoComplete="off"
            data-autofocus
            required
          />
          <Button type="submit" disabled={key.trim() === ''}>
            Use this key
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
