import type { DockerEngine } from './engine.ts';

/** Takes an image's name away, and with its last name the image. One that is gone, or that a container needs, is left. */
export const removeImage = async (engine: DockerEngine, name: string): Promise<void> => {
  await engine.call({ method: 'DELETE', path: `/images/${name}`, expect: [404, 409] });
};
