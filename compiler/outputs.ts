/**
 * The files that one source is built to. Input: folder, names and contents. Output: files on disk, or, taken back, what was
 * there before: `build --watch` writes first and asks the pre-check second.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type OutputFile = readonly [name: string, content: string | Uint8Array];

export class Outputs {
  private readonly before: (readonly [path: string, content: Uint8Array | undefined])[] = [];

  /** @param dir folder to write to, made if it is not there */
  constructor(private readonly dir: string) {}

  /**
   * @param keep remember what the files replace, for {@link takeBack}
   * @throws Error of the file system
   */
  write(files: readonly OutputFile[], keep = false): void {
    mkdirSync(this.dir, { recursive: true });
    for (const [name, content] of files) {
      const path = join(this.dir, name);
      if (keep) this.before.push([path, contentOf(path)]);
      writeFileSync(path, content);
    }
  }

  /**
   * The files are again as they were before, which is to say gone if they were not there.
   * @throws Error of the file system
   */
  takeBack(): void {
    for (const [path, content] of this.before.splice(0)) {
      if (content === undefined) rmSync(path, { force: true });
      else writeFileSync(path, content);
    }
  }
}

function contentOf(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
