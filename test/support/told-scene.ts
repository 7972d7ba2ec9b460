/** A scene with a webhook, a receiver of its own, and a clock that the test moves. */
import { deliverPending } from '../../lib/run/index.ts';
import { changingTree } from './changes.ts';
import { type EngineProcess, type ProcessOptions, type SceneOptions, startScene } from './engine-fixture.ts';
import { movedClock } from './moved-clock.ts';
import { startWebhookReceiver, webhookSecret } from './webhook-receiver.ts';

interface Setting {
  readonly webhook?: Record<string, unknown>;
  readonly scene?: SceneOptions;
  readonly process?: ProcessOptions;
}

export async function startTold({ webhook, scene: of, process: options }: Setting = {}) {
  const receiver = await startWebhookReceiver();
  const scene = await startScene({
    tree: changingTree,
    webhooks: [{ url: receiver.url, secret: webhookSecret, ...webhook }],
    ...of,
  });
  const time = movedClock('2030-01-02T03:00:00Z');
  const process = scene.engine({ clock: time.clock, origin: 'app', ...options });
  const stack = new AsyncDisposableStack();
  stack.use(receiver);
  stack.use(scene);
  return { receiver, scene, process, pass: time.pass, stack };
}

/** Delivers what is due now; what is due later stays. */
export const deliver = ({ context }: EngineProcess): Promise<number> =>
  deliverPending(context, context.clock.now(), new AbortController().signal);

export const eventsNamed = ({ events }: EngineProcess, name: string) =>
  events.filter((event) => event.name === name).map(({ properties }) => properties);
