import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { projectRoot } from '../../local-stack/index.ts';
import { commandsOf, runDocument } from '../support/document-shell.ts';
import { copyProject, makeFolder } from '../support/stack-project.ts';
import { eventually } from '../support/stack-process.ts';
import { documentsConfiguration } from '../support/stack-configuration.ts';
import { startUserStack, type UserStack } from '../support/stack-start.ts';

const documents = globSync(['README.md', 'CONTRIBUTING.md', 'docs/*.md', 'infra/*.md', 'bench/*.md'], {
  cwd: projectRoot,
})
  .filter((path) => commandsOf(readFileSync(join(projectRoot, path), 'utf8')).length > 0)
  .toSorted();

let stack: UserStack;
let project: string;
let folder: string;

beforeAll(async () => {
  stack = await startUserStack(documentsConfiguration);
  await stack.emulator.growTree({ share: 'finance', files: 12, filesPerDirectory: 4, sizeBytes: 300 });
  project = copyProject(['demo', 'scripts', 'infra', 'bench', 'package-lock.json', 'farshare.schema.json', 'LICENSE']);
  writeFileSync(join(project, 'farshare.json'), JSON.stringify(documentsConfiguration));
  folder = makeFolder('documents');
  mkdirSync(join(folder, 'letters'));
  writeFileSync(join(folder, 'letters/one.txt'), 'one');
}, 120_000);

test('There are documents with commands', () => {
  expect(documents).toEqual(expect.arrayContaining(['README.md', 'docs/deploy.md']));
});

test.each(documents)(
  'The commands of %s do what they say',
  async (path) => {
    // A document may have left a run under way; only one more may wait.
    await eventually('the ends of all runs', async () =>
      (await stack.api.runsOf('finance')).every(({ endedAt }) => endedAt !== null),
    );
    const last = await stack.api.run('finance');
    const markdown = readFileSync(join(projectRoot, path), 'utf8');

    const outcome = await runDocument(markdown, {
      project,
      replaced: {
        DIR: folder,
        ' JOB': ' finance',
        'FILE ': `${join(project, 'farshare.json')} `,
        'https://APP.azurewebsites.net': stack.functions,
        'https://NAME.azurewebsites.net': stack.functions,
        'FARSHARE_APP_KEY=…': `FARSHARE_APP_KEY=${stack.key}`,
        // Of zsh; the document's commands are run by bash.
        '${fpath[1]}': folder,
        '~/.config/fish/completions': folder,
        '"fileEndpoint": "https://vaultfiles.file.core.windows.net"':
          '"connectionString": { "env": "FARSHARE_FILES_2" }',
        'finance-north-20261123t000000z-1a2b3c': last.runId,
      },
      environment: {
        APP_KEY: stack.key,
        FARSHARE_FILES_1: stack.emulator.connectionString('devstoreaccount1'),
        FARSHARE_FILES_2: stack.emulator.connectionString('devstoreaccount2'),
      },
    });

    if (outcome.code !== 0) throw new Error(`The commands ended with ${outcome.code}: ${outcome.output}`);
    expect(outcome.code).toBe(0);
  },
  300_000,
);
