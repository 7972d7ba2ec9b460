/** Functions hosts over one emulator, one queue and one table service, of which any may be killed or frozen. */
import { type FilesEmulator, startFilesEmulator } from '../../emulator/index.ts';
import type { RunReport } from '../../lib/model/index.ts';
import { type Azurite, startAzurite } from './azurite.ts';
import { destinationAccount, EmulatorControl, sourceAccount } from './stack-emulator.ts';
import { type HostProcess, startHost } from './stack-host.ts';
import { buildProject, copyProject, makeFolder } from './stack-project.ts';

/** All waits of the engine shrink with it: a takeover comes 9 s after the last sign of life. */
export const leaseSeconds = 6;
const invisibilitySeconds = 4;

/** Each job backs the share of its name up to NAME-copy. */
const configurationOf = (control: EmulatorControl, jobs: readonly string[]): string =>
  JSON.stringify({
    accounts: {
      production: { connectionString: control.connectionString(sourceAccount) },
      vault: { connectionString: control.connectionString(destinationAccount) },
    },
    jobs: jobs.map((name) => ({
      name,
      source: { account: 'production', share: name },
      destinations: [{ name: 'west', account: 'vault', share: `${name}-copy`, keep: { last: 3 } }],
    })),
  });

export class MortalHosts implements AsyncDisposable {
  readonly control: EmulatorControl;
  readonly #services: readonly [Azurite, FilesEmulator];
  readonly #app: string;
  readonly #state: string;

  private constructor(app: string, services: readonly [Azurite, FilesEmulator]) {
    this.#app = app;
    this.#services = services;
    this.#state = makeFolder('host-state');
    this.control = new EmulatorControl(services[1].url);
  }

  static async start(): Promise<MortalHosts> {
    const app = copyProject();
    const [azurite, emulator] = await Promise.all([startAzurite(), startFilesEmulator(), buildProject(app)]);
    return new MortalHosts(app, [azurite, emulator]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const [azurite, emulator] = this.#services;
    await emulator.stop();
    await azurite.stop();
  }

  /** A host more, over what the others have left. */
  startOne(...jobs: readonly string[]): Promise<HostProcess> {
    return startHost({
      app: this.#app,
      state: this.#state,
      invisibilitySeconds,
      settings: {
        FUNCTIONS_WORKER_RUNTIME: 'node',
        AzureWebJobsStorage: this.#services[0].connectionString,
        FARSHARE_LEASE_SECONDS: `${leaseSeconds}`,
        FARSHARE_CONFIG: configurationOf(this.control, jobs),
      },
    });
  }

  /** How many Copy Files the destination has been asked for. */
  async copies(): Promise<number> {
    return (await this.control.requests(destinationAccount))['CopyFile'] ?? 0;
  }

  /** Follows the run to its end; the watchdog is started by hand, since waiting for its minute proves nothing more. */
  async follow({ api }: HostProcess, runId: string, withinMs: number): Promise<RunReport> {
    const watching = setInterval(() => void api.fireTimer('watchdog').catch(() => undefined), 2_000);
    try {
      return await api.follow(runId, withinMs);
    } finally {
      clearInterval(watching);
    }
  }
}
