import { expect } from 'vitest';
import { changingTree } from './changes.ts';
import { type Scene, type SceneOptions, startScene } from './engine-fixture.ts';

/** All paths of the live destination. */
export function pathsOf(scene: Scene, directory = ''): string[] {
  const { entries } = scene.store.directories.list(scene.destination.at(directory));
  return entries.flatMap(({ name, kind }) => {
    const path = directory === '' ? name : `${directory}/${name}`;
    return kind === 'directory' ? [path, ...pathsOf(scene, path)] : [path];
  });
}

/** With one run behind it, which succeeded. */
export async function startBackedUp(options: SceneOptions = {}) {
  const scene = await startScene({ tree: changingTree, ...options });
  const process = scene.engine();
  const first = await process.run();
  expect(first.status).toBe('succeeded');
  return { scene, process, first };
}
